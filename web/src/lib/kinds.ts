/** What can a failure be, and what does each kind mean? */

import { counted, grouped } from './chance'

export interface Kind {
  name: string
  meaning: string
  /** A sign beside the word, so that colour is never alone. */
  sign: string
  /** Name of the colour token of app.css and of classes in parts. */
  tone: 'failure' | 'changed' | 'unjudged' | 'nothing' | 'other'
}

const known: Kind[] = [
  { name: 'model failure', meaning: 'Still what it was made to be, and the model is wrong about it.', sign: '✕', tone: 'failure' },
  { name: 'changed class', meaning: 'The object itself became something else, so that the model may well be right.', sign: '◇', tone: 'changed' },
  { name: 'unjudged', meaning: 'A failure by the rule, but no referee was asked or could tell what it is.', sign: '△', tone: 'unjudged' },
  { name: 'not an object', meaning: 'It does not look like the data any more: no fault of the model can be read from it.', sign: '○', tone: 'nothing' },
]

/** The kind of that name; a name that is not known explains itself. */
export function kindOf(name: string): Kind {
  return known.find((kind) => kind.name === name) ?? { name, meaning: 'Another kind of failure.', sign: '•', tone: 'other' }
}

/** Kinds that occur, model failures first, each with its count and its share of all failures. */
export function countedKinds(kinds: Record<string, number>): (Kind & { count: number; share: number })[] {
  const found = Object.entries(kinds).filter(([name, count]) => name !== '' && count > 0)
  const all = found.reduce((sum, [, count]) => sum + count, 0)
  const place = (name: string) => (known.findIndex((kind) => kind.name === name) + known.length + 1) % (known.length + 1)
  return found.sort(([a], [b]) => place(a) - place(b)).map(([name, count]) => ({ ...kindOf(name), count, share: count / all }))
}

/** What the failures are, in one line: "1 failure: a fault of the model". */
export function kindsTitle(kinds: Record<string, number>): string {
  const rows = countedKinds(kinds)
  const all = rows.reduce((sum, { count }) => sum + count, 0)
  const faults = rows.find(({ tone }) => tone === 'failure')?.count ?? 0
  const failures = counted(all, 'failure')
  if (all && faults === all) return all === 1 ? `${failures}: a fault of the model` : `${failures}: all faults of the model`
  if (faults) return `${failures}, of which ${faults === 1 ? '1 is a fault' : `${grouped(faults)} are faults`} of the model`
  if (rows.length === 1) return `${failures}: ${rows[0].tone === 'unjudged' ? 'not judged' : rows[0].name}`
  return `${failures}, none a proven fault of the model`
}
