/** What can a hit of the failure rule be, and what does each kind mean? */

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
  { name: 'unjudged', meaning: 'It hits the rule, but no referee was asked or could tell what it is.', sign: '△', tone: 'unjudged' },
  { name: 'not an object', meaning: 'It does not look like the data any more: no fault of the model can be read from it.', sign: '○', tone: 'nothing' },
]

/** The kind of that name; a name that is not known explains itself. */
export function kindOf(name: string): Kind {
  return known.find((kind) => kind.name === name) ?? { name, meaning: 'Another kind of hit.', sign: '•', tone: 'other' }
}

/** Kinds that occur, model failures first, each with its count and its share of all hits. */
export function countedKinds(kinds: Record<string, number>): (Kind & { count: number; share: number })[] {
  const found = Object.entries(kinds).filter(([name, count]) => name !== '' && count > 0)
  const all = found.reduce((sum, [, count]) => sum + count, 0)
  const place = (name: string) => (known.findIndex((kind) => kind.name === name) + known.length + 1) % (known.length + 1)
  return found.sort(([a], [b]) => place(a) - place(b)).map(([name, count]) => ({ ...kindOf(name), count, share: count / all }))
}
