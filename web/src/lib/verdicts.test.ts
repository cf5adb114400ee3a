import { describe, expect, it } from 'vitest'
import { entryColumns, entryRows, leadingEffects, PATCH_COLUMNS, fitWords, patchRows } from './ledgers'
import type { Effect, ExplainedPatch, Ledger } from './types'
import { type Entry, chosenEntries, chosenPatches, countVerdicts, directionOf, matches } from './verdicts'

const entry = (feature: string, verdict: string, positive: number, negative: number, share_low: number | null = null): Entry => ({
  feature, verdict, statement: '', positive, negative, undecided: 60 - positive - negative, share: null, share_low, net_to_gross: null, p_value: null, reasons: [],
})
const entries = [entry('tenure', 'GLOBAL', 2, 54, 0.71), entry('Contract = Two year', 'MIXED', 30, 20), entry('x10', 'UNDETERMINED', 0, 0), entry('x9', 'LOCAL', 3, 0), entry('age', 'GLOBAL', 58, 0, 0.8)]
const names = (found: Entry[]) => found.map((each) => each.feature)

describe('verdicts', () => {
  it('show all if none is chosen, the firmest first', () => expect(names(chosenEntries(entries, new Set(), '', 'verdict'))).toEqual(['age', 'tenure', 'Contract = Two year', 'x9', 'x10']))
  it('keep those chosen', () => expect(names(chosenEntries(entries, new Set(['LOCAL', 'MIXED']), '', 'verdict'))).toEqual(['Contract = Two year', 'x9']))
  it('sort names as people count', () => expect(names(chosenEntries(entries, new Set(), 'x', 'feature'))).toEqual(['x9', 'x10']))
  it('sort by what is proven, then by agreement', () => {
    expect(names(chosenEntries(entries, new Set(), '', 'proven share')).slice(0, 3)).toEqual(['age', 'tenure', 'Contract = Two year'])
    expect(names(chosenEntries(entries, new Set(), '', 'agreement'))[0]).toBe('age')
  })
  it('never change what they are given', () => expect(names(entries)[0]).toBe('tenure'))
  it('search words in any order and case, and take signs as they are', () => {
    expect(matches('Contract = Two year', 'YEAR contract')).toBe(true)
    expect(matches('a.b', 'a+b')).toBe(false)
    expect(matches('<img onerror=1>', '<img')).toBe(true)
  })
  it('know directions and counts', () => {
    expect(entries.map(directionOf)).toEqual([-1, 1, 0, 1, 1])
    expect(countVerdicts([...entries, entry('z', 'WITHHELD', 0, 0)])).toEqual([
      { verdict: 'GLOBAL', count: 2 }, { verdict: 'MIXED', count: 1 }, { verdict: 'LOCAL', count: 1 }, { verdict: 'UNDETERMINED', count: 1 }, { verdict: 'WITHHELD', count: 1 },
    ])
  })
  it('are saved with every column', () => expect(entryRows({ entries } as Ledger).map((row) => row.length)).toEqual(entries.map(() => entryColumns.length)))
})

describe('patches', () => {
  const effect = (feature: string, value: number, half: number): Effect => ({ feature, on_manifold: { value, low: value - half, high: value + half, p_value: 0.1 }, direct: null, raw: null, entangled: [] })
  const patch = (id: string, effects: Effect[]): ExplainedPatch => ({
    space: 's', id, outcome: 'y', centre: Float32Array.of(0), radius: 1, y: 0.5, statement: '', withheld: '', r_squared: 0.9, linear: true, effects, unusual: [], support: 'SUPPORTED', members: 3,
  })
  const patches = [patch('p1', [effect('tenure', 0.3, 0.1), effect('age', 0.02, 0.1), effect('fee', -0.5, 0.1)]), patch('p2', [])]
  it('are found by feature or by name', () => {
    expect(chosenPatches(patches, 'ten').map((each) => each.id)).toEqual(['p1'])
    expect(chosenPatches(patches, 'p2').map((each) => each.id)).toEqual(['p2'])
    expect(chosenPatches(patches, '')).toHaveLength(2)
  })
  it('show the clearest effects, none that is not told from 0 unless it is asked for', () => {
    expect(leadingEffects(patches[0], '')).toEqual([{ feature: 'fee', words: '−0.5' }, { feature: 'tenure', words: '+0.3' }])
    expect(leadingEffects(patches[0], 'age')[0]).toEqual({ feature: 'age', words: '+0.02 (not told from 0)' })
  })
  it('tell a fit that is none from one that was withheld', () => {
    expect([0.934, -1.2, NaN].map((r_squared) => fitWords({ ...patches[0], r_squared }))).toEqual(['0.93', 'below 0', '–'])
    expect(fitWords({ ...patches[0], withheld: 'too few' })).toBe('–')
  })
  it('are saved one row an effect, one for a patch without', () => {
    const rows = patchRows(patches)
    expect(rows.map((row) => row.length)).toEqual([1, 2, 3, 4].map(() => PATCH_COLUMNS.length))
    expect(rows[3][0]).toBe('p2')
  })
})
