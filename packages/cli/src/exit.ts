/** Exit codes: what a script can tell from the status alone. Printed by --help. */
export const EXIT = {
  holds: 0,
  usage: 2,
  plugin: 3,
  violated: 10,
  unfinished: 20,
  internal: 70,
  output: 74,
} as const

export const EXIT_TABLE = `Exit status:
    0   every promise holds; every record is explained by some policy asked; a story is told;
        SPIN agrees; model and kernel allow the same orders
   10   a promise is broken; a record is explained by none of the policies asked; SPIN disagrees;
        an order is allowed by only one of model and kernel
   20   not finished (a limit, memory, Ctrl-C), or nothing was shown; a record cannot be judged yet
    2   usage: an unknown name or option, a damaged token, an unreadable file
    3   a plugin or the configuration is wrong
   70   a defect of mmulab itself
   74   the output could not be written (disk full, reader gone)
  130   second Ctrl-C`
