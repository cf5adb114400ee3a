/** Which models does the page examine, as far as its document tells, and what is the law of a space, in words? */

import { counted, formatOver, number } from './chance'
import { extent } from './colour'
import type { Law, Page } from './types'

/** Each outcome with what is known of it. */
export function examinedIn(page: Page): { name: string; rows: [string, string][] }[] {
  const columns = page.spaces.flatMap(({ points }) => points.columns.filter(({ role }) => role === 'outcome'))
  const asked = [...page.changes.flatMap(({ path }) => Object.keys(path.y)), ...page.patches.map(({ outcome }) => outcome), ...page.ledgers.map(({ outcome }) => outcome), ...page.stress.map(({ outcome }) => outcome)]
  const names = [...new Set([...columns.map(({ name }) => name), ...asked])]
  return names.map((name) => {
    const rows: [string, string][] = []
    const column = columns.find((each) => each.name === name)
    if (column?.kind === 'number') {
      const [low, high] = extent(column.values)
      const write = formatOver([low, high])
      const known = Array.from(column.values).filter(Number.isFinite)
      if (known.length) {
        rows.push(['y of the objects shown', `${write(low)} to ${write(high)}${column.unit ? ` ${column.unit}` : ''}, on average ${write(known.reduce((sum, y) => sum + y, 0) / known.length)}`])
        if (low >= 0 && high <= 1) rows.push(['as', 'a number between 0 and 1, such as a probability'])
      }
    }
    const patches = page.patches.filter(({ outcome }) => outcome === name)
    if (patches.length) rows.push(['explained in', counted(patches.length, 'patch', 'patches')])
    const ledgers = page.ledgers.filter(({ outcome }) => outcome === name)
    if (ledgers.length) rows.push(['in the ledger', counted(ledgers[0].entries.length, 'feature')])
    for (const test of page.stress.filter(({ outcome }) => outcome === name)) {
      if (test.rule) rows.push(['fails by', test.rule])
      if (test.referee) rows.push(['judged by', test.referee])
    }
    return { name, rows }
  })
}

/** "a mixture of 8 Gaussians". Whether held-out codes contradict it stands in the card of the model. */
export function lawWords(law: Law): string {
  const parts = law.arrays.weights?.shape[0]
  const kinds = { gaussian: 'one Gaussian', mixture: parts ? `a mixture of ${number(parts)} Gaussians` : 'a mixture of Gaussians', flow: 'a flow, a Gaussian that is bent' }
  return kinds[law.kind] ?? law.kind
}
