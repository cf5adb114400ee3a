/** What did a ledger find in general, and if nothing, why and what would help? One sentence each, from its numbers. */

import { counted, percent } from './chance'
import type { Ledger } from './types'

const NAMED = 4
const COVERED = 0.5

export interface General {
  words: string
  why: string
  remedy: string
}

export function generalOf(ledger: Ledger): General {
  const all = ledger.entries.length
  const named = (verdict: string) => ledger.entries.filter((entry) => entry.verdict === verdict)
  const found = named('GLOBAL')
  if (found.length) {
    const told = found.slice(0, NAMED).map((entry) => `${entry.feature} (${entry.positive >= entry.negative ? 'up' : 'down'})`)
    const more = found.length > NAMED ? ` and ${found.length - NAMED} more` : ''
    const words = `${found.length} of ${counted(all, 'feature')} ${found.length === 1 ? 'moves' : 'move'} ${ledger.outcome} one way in general: ${told.join(', ')}${more}.`
    return { words, why: '', remedy: '' }
  }
  const words = `Nothing general was found: of ${counted(all, 'feature')} none is shown to move ${ledger.outcome} one way for more than half of the objects.`
  if (ledger.coverage < COVERED) {
    return {
      words,
      why: `A linear statement stands in patches that hold ${percent(ledger.coverage)} of the data; a general one needs ${percent(COVERED)}.`,
      remedy: 'More patches, a larger radius, or a space of fewer axes, where neighbours are nearer, may do.',
    }
  }
  const mixed = named('MIXED').length
  if (mixed) return { words, why: `${counted(mixed, 'feature')} ${mixed === 1 ? 'moves' : 'move'} it up in some places and down in others.`, remedy: 'Look at the patches: the effects hold there.' }
  return { words, why: 'Few patches stand out from their errors.', remedy: 'More patches, or more objects in each (a larger radius), make errors smaller.' }
}

/** A sentence as a reader wants it: no minus before nothing, no probability of one. */
export function tidy(text: string): string {
  return text.replace(/[-\u2212](0(?:\.0+)?%)/g, '$1').replace(/adjusted p 1(?![\d.])/g, 'adjusted p above 0.99')
}
