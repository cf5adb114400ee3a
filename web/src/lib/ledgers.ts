/** What stands in the tables of the ledger and of its patches, as shown and as saved? */

import { number } from './chance'
import type { Cell } from './table'
import type { Effect, Estimate, ExplainedPatch, Ledger } from './types'
import { matches } from './verdicts'

export const PATCHES_AT_FIRST = 12
const EFFECTS = 3

export const entryColumns = ['feature', 'verdict', 'statement', 'positive', 'negative', 'undecided', 'share', 'share_low', 'net_to_gross', 'p_value', 'reasons']
export function entryRows(ledger: Ledger): Cell[][] {
  return ledger.entries.map((entry) => [
    entry.feature, entry.verdict, entry.statement, entry.positive, entry.negative, entry.undecided, entry.share, entry.share_low, entry.net_to_gross, entry.p_value,
    entry.reasons.join('; '),
  ])
}

const KINDS = ['on_manifold', 'direct', 'raw'] as const
export const PATCH_COLUMNS = ['patch', 'outcome', 'y', 'r_squared', 'withheld', 'support', 'members', 'feature', ...KINDS.flatMap((kind) => [kind, `${kind}_low`, `${kind}_high`, `${kind}_p_value`])]
/** One row an effect; a patch without effects has one row. */
export function patchRows(patches: ExplainedPatch[]): Cell[][] {
  return patches.flatMap((patch) => {
    const head: Cell[] = [patch.id, patch.outcome, patch.y, patch.r_squared, patch.withheld, patch.support, patch.members]
    const effects: (Effect | null)[] = patch.effects.length ? patch.effects : [null]
    return effects.map((effect) => [...head, effect?.feature ?? null, ...KINDS.flatMap((kind) => cells(effect?.[kind] ?? null))])
  })
}

/** The effects of a patch that stand out most, those that the search names first; with what comes along, else others held, else the input alone. */
export function leadingEffects(patch: ExplainedPatch, search: string): { feature: string; words: string }[] {
  const known = patch.effects.flatMap((effect) => {
    const estimate = effect.on_manifold ?? effect.direct ?? effect.raw
    if (!estimate || !Number.isFinite(estimate.value)) return []
    const half = Math.max((estimate.high - estimate.low) / 2, 1e-12)
    const sought = search.trim() !== '' && matches(effect.feature, search)
    const isClear = estimate.low > 0 || estimate.high < 0
    return [{ feature: effect.feature, value: estimate.value, clear: isClear, size: Math.abs(estimate.value) / half, sought }]
  })
  return known
    .filter(({ clear, sought }) => sought || clear)
    .sort((a, b) => Number(b.sought) - Number(a.sought) || b.size - a.size)
    .slice(0, EFFECTS)
    .map(({ feature, value, clear }) => ({ feature, words: `${value > 0 ? '+' : ''}${number(value)}${clear ? '' : ' (not told from 0)'}` }))
}

/** How much of y the linear statement explains on probes that it did not see. */
export function fitWords(patch: ExplainedPatch): string {
  if (patch.withheld || !Number.isFinite(patch.r_squared)) return '\u2013'
  return patch.r_squared < 0 ? 'below 0' : patch.r_squared.toFixed(2)
}

function cells(estimate: Estimate | null): Cell[] {
  return estimate ? [estimate.value, estimate.low, estimate.high, estimate.p_value] : [null, null, null, null]
}
