/** The page as a user has it: built, in a browser, by keyboard; its verdicts are those of Node and of the command line. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { cellsOf, createLab, finish, formatCell, QUESTION_2019, runCell } from '@mmulab/compare'
import { CLAIMS } from '@mmulab/model'
import { count } from '@mmulab/report'
import { standard } from '@mmulab/standard'
import type { BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findBrowser, openSite, type Site } from './browser.ts'

/** Some depths have more states than one worker is left alone with. */
const LARGE = {
  policy: 'mainline@5.12',
  drivers: ['kvm'],
  scenario: 'reclaim',
  size: 'large' as const,
}
const LARGE_HASH =
  '#policies=mainline@5.12&drivers=kvm&scenarios=reclaim&size=large&cell=mainline@5.12/kvm/reclaim'
const STUCK = '#cell=mainline@4.19/kvm+i915-userptr/oom-reap-faults&claim=progress'
const CLI = fileURLToPath(new URL('../../../packages/cli/dist/main.js', import.meta.url))

/** Machines that build, explore and browse at the same time are slow. */
const TIMEOUT = 180_000

/** States, and the verdict of every claim, by cell. */
type Facts = Record<string, { states: number; verdicts: Record<string, string> }>

const executable = findBrowser()

describe.skipIf(!executable)('the page', () => {
  let site: Site
  let context: BrowserContext
  let page: Page
  const complaints: string[] = []

  const visit = async (hash: string, options: { dark?: boolean } = {}): Promise<Page> => {
    const fresh = await context.newPage()
    fresh.on('console', (m) => m.type() === 'error' && complaints.push(`${hash}: ${m.text()}`))
    fresh.on('pageerror', (e) => complaints.push(`${hash}: ${e.stack ?? e.message}`))
    await fresh.emulateMedia({ colorScheme: options.dark ? 'dark' : 'light' })
    await fresh.goto(site.url + hash)
    return fresh
  }
  const complete = (p: Page): Promise<unknown> =>
    p.getByRole('status').filter({ hasText: 'are done' }).waitFor({ state: 'attached' })
  const faults = async (p: Page): Promise<string[]> => {
    const { violations } = await new AxeBuilder({ page: p }).analyze()
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`)
  }
  const output = (p: Page): Promise<string> => textOf(p.locator('output'))

  beforeAll(async () => {
    site = await openSite(executable ?? '')
    context = await site.browser.newContext({ viewport: { width: 1440, height: 900 } })
    context.setDefaultTimeout(30_000)
    page = await visit('')
  }, TIMEOUT)
  afterAll(() => site?.close())

  it(
    'fills the matrix with the verdicts of Node',
    async () => {
      const lab = createLab(standard)
      const expected: Facts = {}
      for (const name of cellsOf(lab, QUESTION_2019)) {
        const { result } = finish(runCell(lab, name))
        expected[formatCell(name)] = {
          states: result.states,
          verdicts: Object.fromEntries(CLAIMS.map((c) => [c, result.claims[c].verdict])),
        }
      }
      await complete(page)
      const shown = await factsOf(page)
      expect(shown).toEqual(expected)
      if (existsSync(CLI)) expect(factsOfCommand()).toEqual(expected)
      else console.warn('!!! The command line is not built; the page is not compared with it.')
    },
    TIMEOUT,
  )

  it(
    'has workers that help with large cells where they can: the verdicts are those of Node',
    async () => {
      const { result } = finish(runCell(createLab(standard), LARGE))
      for (const [begin, processors, helpers] of [
        [site.url, 3, ', helped by 2 workers'],
        [site.url, 2, ''],
        [site.isolated, 2, ', helped by 1 worker'],
      ] as const) {
        const p = await context.newPage()
        await p.addInitScript(
          (value) => Object.defineProperty(navigator, 'hardwareConcurrency', { value }),
          processors,
        )
        await p.goto(`${begin}${LARGE_HASH}`)
        const caption = p.locator('.claims caption')
        await caption.waitFor({ timeout: TIMEOUT })
        expect(await p.evaluate('crossOriginIsolated')).toBe(begin === site.isolated)
        const told = await textOf(caption)
        expect(told).toContain(
          `${count(result.states, 'state')}, ${count(result.transitions, 'transition')}`,
        )
        expect(told.endsWith(` ms${helpers}`), told).toBe(true)
        const rows = await p.locator('.claims tbody tr').allTextContents()
        const shown = CLAIMS.map((c) => rows.find((r) => r.startsWith(c)) ?? '')
        for (const [i, c] of CLAIMS.entries())
          expect(shown[i]).toContain(result.claims[c].verdict.replace('-', ' '))
        await p.close()
      }
    },
    TIMEOUT,
  )

  it('shows in each cell which promises are broken', async () => {
    const text = (key: string): Promise<string> => textOf(page.locator(`[data-key="${key}"] .word`))
    const row = 'kvm+i915-userptr|oom-reap|small'
    expect(await text(`mainline@4.19|${row}`)).toBe('balance, progress')
    expect(await text(`mainline@5.12|${row}`)).toBe('holds')
  })

  it('is walked through and opened by keyboard, and gives the focus back', async () => {
    await page.locator('[data-key]').first().focus()
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowUp', 'End', 'Home'])
      await page.keyboard.press(key)
    const focused = (): Promise<string | undefined> =>
      page.evaluate(() => (document.activeElement as HTMLElement).dataset.key)
    const first = 'mainline@4.19|kvm+i915-userptr|oom-reap|small'
    expect(await focused()).toBe(first)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 2 }).waitFor()
    expect(page.url()).toContain('#cell=mainline@4.19/kvm+i915-userptr/oom-reap')
    await page.keyboard.press('Escape')
    await page.getByRole('grid').waitFor()
    expect(await focused()).toBe(first)
  })

  it('tells the story of a broken promise and steps through its state', async () => {
    const p = await visit(STUCK)
    const story = p.getByRole('region', { name: 'Story, time downwards' })
    await story.waitFor()
    const text = await textOf(story)
    expect(text).toContain('CPU0 (oom_reaper)')
    expect(text).toContain('CPU1 (vcpu0)')
    expect(text).toContain('kvm.mmu_notifier_count 0 → 1')
    expect(text).toContain('from here on vcpu0 can never finish')
    expect(text).toContain('and again, for ever')
    expect(await textOf(p.locator('.not-covered'))).toContain('beyond the bounds')

    const count = p.locator('.variables tr', { hasText: 'kvm.mmu_notifier_count' })
    await story.focus()
    await p.keyboard.press('Home')
    expect(await output(p)).toMatch(/^step 0 of/)
    while ((await textOf(count)).endsWith('0')) await p.keyboard.press('j')
    expect(await textOf(count)).toContain('0 → 1')
    const there = await output(p)
    await p.keyboard.press('ArrowDown')
    expect(await textOf(count)).not.toContain('→')
    await p.keyboard.press('k')
    expect(await output(p)).toBe(there)

    await p.reload()
    await story.waitFor()
    expect(await output(p)).toBe(there)
    expect(await textOf(count)).toContain('0 → 1')
    await p.close()
  })

  it('puts two policies side by side and says where they part', async () => {
    const p = await visit(STUCK)
    await p.getByLabel('The same schedule under').selectOption('mainline@5.12')
    const both = p.getByRole('region', { name: 'One schedule under two policies' })
    const text = await textOf(both)
    const step = /First difference: step (\d+), oom_reaper/.exec(text)?.[1]
    expect(text).toContain('kvm_mmu_notifier_invalidate_range_end(): spin_lock(&kvm.mmu_lock)')
    expect(text).toContain('mainline@5.12 does not break progress')
    expect(text).toContain('from here on they differ')
    await both.getByRole('button', { name: 'Go there' }).click()
    expect(await output(p)).toMatch(new RegExp(`^step ${step} of`))
    expect(new URL(p.url()).hash).toContain(`against=mainline@5.12&step=${step}`)
    await both.focus()
    await p.keyboard.press('End')
    const differing = p.locator('.variables .differs', { hasText: 'kvm.mmu_notifier_count' })
    expect(await textOf(differing)).toContain('≠')
    await p.reload()
    await both.waitFor()
    expect(await textOf(differing)).toContain('≠')
    expect(await faults(p)).toEqual([])
    await p.close()
  })

  it('says what strong fairness says, and tells the loop on which somebody starves', async () => {
    const cell = {
      policy: 'mainline@5.4',
      drivers: ['i915-userptr'],
      scenario: 'reclaim-pin',
      size: 'small' as const,
    }
    const { result, fairToken } = finish(runCell(createLab(standard), cell))
    expect(result.claims.progress.verdict).toBe('holds')
    expect(result.fair.verdict).toBe('violated')
    const p = await visit(
      '#policies=mainline@5.4&drivers=i915-userptr&scenarios=reclaim-pin&cell=mainline@5.4/i915-userptr/reclaim-pin',
    )
    const row = p.getByRole('row', { name: '… fairly' })
    expect(await textOf(row)).toContain(result.fair.message ?? 'nobody')
    await row.getByRole('button', { name: 'Story of' }).press('Enter')
    const story = p.getByRole('region', { name: 'Story, time downwards' })
    expect(await textOf(story)).toContain('execbuffer and kswapd0 go round for ever')
    expect(await textOf(p.locator('.command'))).toBe(`$ mmulab replay ${fairToken}`)
    expect(await faults(p)).toEqual([])
    await p.close()
  })

  it('opens a story from its token alone, and says what is wrong with a damaged one', async () => {
    const p = await visit(STUCK)
    const command = await textOf(p.locator('.command'))
    const token = /mmu1\.[\w-]+/.exec(command)?.[0] ?? ''
    expect(command).toBe(`$ mmulab replay ${token}`)
    await p.close()

    const other = await visit('#size=large&policies=mainline@5.12&drivers=kvm&scenarios=dontneed')
    await other.getByLabel('Token').fill(command.slice(2))
    await other.getByRole('button', { name: 'Replay' }).click()
    await other.getByRole('region', { name: 'Story, time downwards' }).waitFor()
    expect(other.url()).toContain(`token=${token}`)
    expect(await other.getByText('comes from its token').isVisible()).toBe(true)
    await other.goto(`${site.url}#token=${token.slice(0, -4)}`)
    await other.reload()
    expect(await textOf(other.getByRole('alert'))).toContain('The token cannot be read')
    await other.close()
  })

  it('lets the selection be changed, and explains names that do not exist', async () => {
    const p = await visit('#policies=mainline@5.4&drivers=kvm&scenarios=dontneed')
    await p.getByText('Selection:').click()
    const field = p.getByLabel('Another policy')
    await field.fill('mainline@6.99')
    await field.press('Enter')
    expect(await textOf(p.getByRole('alert'))).toContain('There is no model of mainline@6.99')
    await field.fill('mainline@6.1')
    await field.press('Enter')
    expect(await p.getByRole('alert').count()).toBe(0)
    expect(p.url()).toContain('#policies=mainline@5.4,mainline@6.1&')
    await p.getByLabel('munmap').check()
    await complete(p)
    expect(await p.locator('.cell.holds').count()).toBe(4)
    await p.getByLabel('munmap').uncheck()
    expect(await p.locator('.cell').count()).toBe(2)
    expect(await faults(p)).toEqual([])
    await p.close()
  })

  it(
    'has no accessibility violations, in light and dark',
    async () => {
      for (const dark of [false, true])
        for (const hash of ['', `${STUCK}&step=13`]) {
          const p = await visit(hash, { dark })
          await (hash ? p.locator('.story').waitFor() : complete(p))
          expect(await faults(p)).toEqual([])
          await p.close()
        }
    },
    TIMEOUT,
  )

  it('fits a narrow screen', async () => {
    for (const hash of ['', STUCK, `${STUCK}&against=mainline@5.12`]) {
      const p = await visit(hash)
      await p.setViewportSize({ width: 400, height: 800 })
      await p.locator(hash ? '.story' : '.matrix').waitFor()
      const beyond = await p.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(beyond).toBeLessThanOrEqual(0)
      await p.close()
    }
  })

  it('never complained', () => {
    expect(complaints).toEqual([])
  })
})

const textOf = async (at: Locator): Promise<string> => (await at.textContent()) ?? ''

/** Goes to every cell and reads the line about it. */
async function factsOf(page: Page): Promise<Facts> {
  return page.evaluate(async () => {
    const facts: Facts = {}
    for (const cell of document.querySelectorAll<HTMLElement>('[data-key]')) {
      cell.focus()
      await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))
      const words = (at: string): string[] =>
        [...document.querySelectorAll(`.facts ${at}`)].map((e) => e.textContent ?? '')
      const verdicts = words('.tag').map((tag) => {
        const [, claim = '', verdict = ''] = /^\S+ (\S+) (.*)$/.exec(tag) ?? []
        return [claim, verdict.replace(' ', '-')]
      })
      facts[cell.dataset.key ?? ''] = {
        states: Number.parseInt((words('.states')[0] ?? '').replaceAll(',', ''), 10),
        verdicts: Object.fromEntries(verdicts),
      }
    }
    return facts
  })
}

interface CommandCell {
  policy: string
  drivers: string[]
  scenario: string
  size: 'small' | 'large'
  states: number
  claims: Record<string, { verdict: string }>
}

/** What `mmulab compare --json` says; it leaves with 10 because promises are broken. */
function factsOfCommand(): Facts {
  const run = (): string => {
    try {
      return execFileSync(process.execPath, [CLI, 'compare', '--json'], {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string }
      if (status !== 10) throw new Error(`mmulab compare left with ${status}: ${stderr}`)
      return stdout
    }
  }
  const { cells } = JSON.parse(run()) as { cells: CommandCell[] }
  return Object.fromEntries(
    cells.map((c) => [
      formatCell(c),
      {
        states: c.states,
        verdicts: Object.fromEntries(
          Object.entries(c.claims).map(([claim, { verdict }]) => [claim, verdict]),
        ),
      },
    ]),
  )
}
