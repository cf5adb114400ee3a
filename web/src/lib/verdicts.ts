/** Which verdicts of a ledger are shown, in which order, and what does each mean? */

import type { ExplainedPatch, Ledger } from './types'

export type Entry = Ledger['entries'][number]
export const VERDICTS = ['GLOBAL', 'MIXED', 'LOCAL', 'UNDETERMINED'] as const
export const SORTS = ['verdict', 'feature', 'agreement', 'proven share'] as const
export type Sort = (typeof SORTS)[number]

export const MEANING: Record<string, string> = {
  GLOBAL: 'One direction is proven for more than half of the population.',
  MIXED: 'It rises in some patches and falls in others, each in a tenth of them or more: no one direction holds in general.',
  LOCAL: 'It stands out in some patch; no rule beyond it is shown.',
  UNDETERMINED: 'No patch stands out from its error, which is no proof that there is no effect.',
}

export const NEEDED =
  'GLOBAL asks for all of these: more than half of the patches and of the population are proven to go that way (adjusted for all features asked about), ' +
  'the changes do not cancel (net-to-gross above one half), half of the held-out objects lie in a patch with a good local fit, and the patches do not share their errors.'

/** Entries whose verdict is chosen (none chosen: all) and whose name holds all words of the search, sorted. */
export function chosenEntries(entries: Entry[], verdicts: ReadonlySet<string>, search: string, sort: Sort): Entry[] {
  return entries
    .filter((entry) => (!verdicts.size || verdicts.has(entry.verdict)) && matches(entry.feature, search))
    .map((entry, at) => ({ entry, at }))
    .sort((a, b) => ORDER[sort](a.entry, b.entry) || a.at - b.at)
    .map(({ entry }) => entry)
}

/** Patches that have an effect on a feature that matches, or are themselves named so; without a search all. */
export function chosenPatches(patches: ExplainedPatch[], search: string): ExplainedPatch[] {
  return patches.filter((patch) => matches(patch.id, search) || patch.effects.some((effect) => matches(effect.feature, search)))
}

/** Whether each word of the search stands in the name, whatever the case. */
export function matches(name: string, search: string): boolean {
  const low = name.toLowerCase()
  return search.toLowerCase().split(/\s+/).every((word) => low.includes(word))
}

/** +1, -1: where most patches go; 0 for a draw. */
export function directionOf(entry: Entry): number {
  return Math.sign(entry.positive - entry.negative)
}

/** Number of entries by verdict, in the order of VERDICTS, verdicts of other names after them. */
export function countVerdicts(entries: Entry[]): { verdict: string; count: number }[] {
  const names = [...VERDICTS, ...new Set(entries.map((entry) => entry.verdict).filter((name) => !(VERDICTS as readonly string[]).includes(name)))]
  return names.map((verdict) => ({ verdict, count: entries.filter((entry) => entry.verdict === verdict).length }))
}

const place = (entry: Entry) => (VERDICTS as readonly string[]).indexOf(entry.verdict) + (entry.verdict in MEANING ? 0 : 99)
const leading = (entry: Entry) => Math.max(entry.positive, entry.negative) / Math.max(entry.positive + entry.negative + entry.undecided, 1)
const ORDER: Record<Sort, (a: Entry, b: Entry) => number> = {
  verdict: (a, b) => place(a) - place(b) || leading(b) - leading(a),
  feature: (a, b) => a.feature.localeCompare(b.feature, 'en', { numeric: true }),
  agreement: (a, b) => leading(b) - leading(a),
  'proven share': (a, b) => (b.share_low ?? -1) - (a.share_low ?? -1) || leading(b) - leading(a),
}
