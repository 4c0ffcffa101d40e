/** What is wrong with what was asked for: one sentence, a code, and one thing to do next. */
export class CreateError extends Error {
  readonly code: string
  readonly hint: string

  constructor({ code, message, hint }: { code: string; message: string; hint: string }) {
    super(message)
    this.name = 'CreateError'
    this.code = code
    this.hint = hint
  }
}

/** As mmulab itself says it. */
export const errorText = ({ message, code, hint }: CreateError): string =>
  `create-mmulab-driver: ${message}\n  code   ${code}\n  hint   ${hint}\n`
