import { describe, expect, it } from 'vitest'
import { curveOf, nearestStop } from './curve'
import { countedKinds, kindOf, kindsTitle } from './kinds'
import { SAVED_COLUMNS, levelCells, levelColumns, levelRows } from './levels'
import { meaningOf, middleOf, rowsOfLevels, selectionOf, sentenceOf, stopsOfBoth, stopsOfSpace, stopsOfTest, supportOf, supportWords, titleOf } from './stops'
import type { Space, StressTest } from './types'

type Level = StressTest['levels'][number]
const level = (tail: string, exceedance: number | null, y: number, more: Partial<Level> = {}): Level => ({
  tail, level: exceedance === null ? '6 sd' : `${exceedance}`, exceedance, scenarios: 12, y, y_low: y - 0.1, y_high: y + 0.02,
  hits: 5, rate: 5 / 12, rate_low: 0.18, rate_high: 0.68, support: { SUPPORTED: 10, RARE_OBSERVED: 0, EXTRAPOLATED: 2, UNSUPPORTED: 0 }, ...more,
})

function test(counting: 'all' | 'tail'): StressTest {
  const levels = [level('radial', 0.001, 0.62), level('radial', 0.1, 0.98, { hits: 0 }), level('radial', null, 0.3), level('towards 7', 0.1, 0.9, { hits: null, rate: null })]
  return {
    space: 's', outcome: 'P(9)', rule: 'wrong label', referee: 'nearest labelled objects', words: '', levels, tails: ['radial', 'towards 7'],
    shown: {
      tail: Uint8Array.of(0, 0, 0, 1), level: counting === 'all' ? Uint8Array.of(0, 0, 1, 3) : Uint8Array.of(0, 0, 1, 0),
      exceedance: Float32Array.of(0.001, 0.001, 0.1, 0.1), support: Uint8Array.of(0, 2, 0, 1), y: Float32Array.of(0.6, NaN, 0.98, 0.9),
      kind: ['model failure', '', '', ''], nearest: ['a', 'b', 'c', 'd'], u: Float32Array.from({ length: 12 }, (_, i) => i),
    },
    pictures: { kind: 'raster', n: 4, height: 1, width: 1, channels: 1, data: new Uint8Array(4) },
    responses: [], kinds: {}, findings: [], failure: null, worst: [], worst_pictures: null, notes: [],
  }
}
const space = { live: [0, 1, 2], calibration: { floor: 1 / 20000 } } as unknown as Space

describe('stops of a stress test', () => {
  const stops = stopsOfTest(test('all'), 'radial', space)
  it('go from the usual outwards, those without a probability last', () => {
    expect(stops.map((stop) => stop.name)).toEqual(['1 in 10', '1 in 1,000', '6 sd'])
    expect(stops.map((stop) => stop.beyond)).toEqual([false, false, true])
  })
  it('have keys of their own for links', () => expect(stops.map((stop) => stop.key)).toEqual(['p0.1', 'p0.001', '6-sd']))
  it('hold their own objects, whichever way levels are counted', () => {
    for (const counting of ['all', 'tail'] as const) {
      const rows = rowsOfLevels(test(counting))
      expect([rows.get(0), rows.get(1), rows.get(3)]).toEqual([[0, 1], [2], [3]])
    }
    expect(stops[1].objects.map((each) => [each.row, each.support, each.y, [...each.u]])).toEqual([[0, 0, expect.closeTo(0.6, 5), [0, 1, 2]], [1, 2, null, [3, 4, 5]]])
  })
  it('say what y did since the most usual stop, and how often the model fails', () => {
    expect(sentenceOf(stops[1], stops, 'P(9)')).toBe(
      'At 1 in 1,000, P(9) has fallen from 0.98 (at 1 in 10) to 0.62 at the median (nine in ten objects: 0.52 to 0.64). ' +
        '5 of 12 objects are failures by the rule; of those that could be judged the model is wrong about 42% (90% interval 18% to 68%).',
    )
    expect(sentenceOf(stops[0], stops, 'P(9)')).toMatch(/^At 1 in 10, P\(9\) is 0\.98 at the median .*None of 12 objects is a failure by the rule/)
  })
  it('tell what their names mean', () => {
    expect(meaningOf(stops[1], true)).toBe('1 in 1,000 objects is this unusual, or more.')
    expect(meaningOf(stops[0], false)).toBe('1 in 10 objects lies this far out in this tail, or farther.')
    expect(meaningOf(stops[2], true)).toMatch(/no probability is claimed/)
  })
  it('blame no model where nobody judged', () => {
    const found = stopsOfTest({ ...test('all'), referee: '' }, 'radial', space)
    expect(sentenceOf(found[1], found, 'y')).toMatch(/5 of 12 objects are failures by the rule: 42% \(90% interval 18% to 68%\); no referee said which are faults of the model\.$/)
  })
  it('claim no probability beyond', () => expect(sentenceOf(stops[2], stops, 'P(9)')).toMatch(/^At 6 sd, where no probability is claimed, P\(9\) has fallen/))
  it('leave failures out without a rule', () => {
    const other = stopsOfTest(test('all'), 'towards 7', space)
    expect(sentenceOf(other[0], other, 'P(9)')).not.toMatch(/failure|fails/)
  })
  it('call a change that cannot be seen no change', () => {
    const same = test('all')
    same.levels[0].y = 0.9801
    const found = stopsOfTest(same, 'radial', space)
    expect(sentenceOf(found[1], found, 'y')).toMatch(/y is 0\.98 at the median .*as at 1 in 10\./)
  })
  it('say it where nothing was answered, and why nothing was drawn', () => {
    const none = test('all')
    none.levels[0] = { ...none.levels[0], y: NaN, hits: null }
    none.levels[2] = { ...none.levels[2], scenarios: 0, exceedance: 1e-6, level: '0.0001%: The calibration certifies no less than 1 in 20,000.' }
    const found = stopsOfTest(none, 'radial', space)
    expect(sentenceOf(found[1], found, 'y')).toBe('At 1 in 1,000, the model gives no answer.')
    expect(sentenceOf(found[2], found, 'y')).toBe('At 1 in 1,000,000, nothing is shown: the calibration certifies no less than 1 in 20,000.')
  })
  it('count labels of all scenarios, and say those that occur', () => {
    expect(supportOf(stops[1])).toEqual([10, 0, 2, 0])
    expect(supportWords(stops[1])).toBe('10 of 12 supported, 2 extrapolated')
  })
  it('stand in a table, one row a level, all columns filled', () => {
    const columns = levelColumns(test('all')).length
    expect(levelCells(test('all')).map((row) => row.length)).toEqual([columns, columns, columns, columns])
    expect(levelRows(test('all')).map((row) => row.length)).toEqual([1, 2, 3, 4].map(() => SAVED_COLUMNS.length))
    expect(levelCells(test('all'))[3]).toContain('no rule')
  })
})

describe('shells of a space', () => {
  const shell = (name: string, exceedance: number | null, refused = '') => ({
    name, exceedance, u: new Float32Array(refused ? 0 : 6), support: new Uint8Array(refused ? 0 : 2), pictures: null, y: refused ? {} : { price: Float32Array.of(1, 3) }, acceptance: 0.5, refused,
  })
  const own = {
    ...space,
    shells: [
      shell('1e-6', 1e-6, 'The calibration certifies no less than 1 in 20,000.'), shell('Common: 9 in 10 lie farther out', 0.9), shell('1%', 0.01),
      shell('Beyond: 1.5 times as far out', null),
    ],
  } as unknown as Space
  const stops = stopsOfSpace(own)
  it('begin at the centre and end beyond', () => {
    expect(stops.map((stop) => stop.name)).toEqual(['centre', '1 in 100', '1 in 1,000,000', 'Beyond'])
    expect(stops.map((stop) => stop.beyond)).toEqual([false, false, true, true])
  })
  it('fill up a radial tail where its levels leave room, and no other tail', () => {
    const wide = { ...own, shells: [...own.shells.slice(1), shell('1 in 1,000', 0.001), shell('1 in 20,000', 1 / 20000)] } as Space
    expect(stopsOfBoth(test('all'), 'radial', wide).map((stop) => stop.name)).toEqual(['centre', '1 in 10', '1 in 100', '1 in 1,000', '1 in 20,000', '6 sd', 'Beyond'])
    expect(stopsOfBoth(test('all'), 'towards 7', wide).map((stop) => stop.name)).toEqual(['1 in 10'])
  })
  it('say why there are none, and what cannot be certified', () => {
    expect(sentenceOf(stops[2], stops, 'y')).toBe('At 1 in 1,000,000, nothing is shown: the calibration certifies no less than 1 in 20,000.')
    expect(titleOf(stops[2])).toMatch(/beyond/)
    expect(sentenceOf(stops[1], stops, 'y')).toBe('At 1 in 100: 2 objects, all supported.')
    expect(sentenceOf(stops[0], stops, 'y')).toMatch(/^Near the centre, where 90% lie farther out: 2 objects/)
    expect(sentenceOf(stops[3], stops, 'y')).toMatch(/^Beyond what is certified: 2 objects/)
  })
  it('take y of an outcome that they have', () => {
    const known = stopsOfSpace(own, 'price')
    expect(sentenceOf(known[1], known, 'price')).toMatch(/all supported; price is 2\.0 at the median, from 1\.0 to 3\.0\.$/)
  })
})

describe('the curve of a tail', () => {
  const with_response = (more: Partial<StressTest['responses'][number]>): StressTest => ({
    ...test('all'),
    responses: [{ tail: 'radial', at: Float32Array.of(0, 1, 2, 3, 4), y: Float32Array.of(1, 0.9, 0.8, NaN, 0.2), low: null, high: null, words: '', ...more }],
  })
  const places = (answer: StressTest) => curveOf(answer, 'radial', stopsOfTest(answer, 'radial', space))!.places
  it('puts stops where they are told to be', () => {
    const told = with_response({})
    told.levels[0].depth = 3.5
    expect(places(told)[1]).toBe(3.5)
  })
  it('else where the exceedance falls below theirs', () => {
    const [first, second] = places(with_response({ exceedance: Float32Array.of(1, 0.1, 0.01, 0.0001, 1e-6) }))
    expect(first).toBeCloseTo(1, 5)
    expect(second).toBeCloseTo(2.5, 5)
  })
  it('is y level by level where there is no response', () => {
    const curve = curveOf(test('all'), 'radial', stopsOfTest(test('all'), 'radial', space))!
    expect(curve.unit).toBe('rarity')
    expect(curve.at.map((at) => Math.round(at))).toEqual([1, 3])
    expect(curve.places[2]).toBeNull()
  })
  it('is none where y is nowhere known', () => {
    const none = test('all')
    for (const each of none.levels) each.y = NaN
    expect(curveOf(none, 'radial', stopsOfTest(none, 'radial', space))).toBeNull()
  })
  it('finds the stop nearest to a click', () => {
    expect(nearestStop([1, null, 3], 2.4)).toBe(2)
    expect(nearestStop([null], 2)).toBe(-1)
  })
})

describe('what was drawn and what is shown', () => {
  const [, stop] = stopsOfTest(test('all'), 'radial', space)
  const of = (acceptance: number | null, support: number[], exceedance: number | null = 0.001) =>
    selectionOf({ ...stop, level: null, acceptance, exceedance, objects: support.map((label) => ({ ...stop.objects[0], support: label })) })
  it('is said where draws were left out', () => expect(of(0.09, [0, 2])).toBe('Of 100 draws at this level 9 still look like objects; only such are shown.'))
  it('is said where nothing could be chosen', () => {
    expect(of(0, [3, 3])).toBe('Of 100 draws at this level none still looks like an object; what is shown are the draws as they come.')
    expect(of(0.003, [0, 3, 3])).toBe('Of 100 draws at this level fewer than 1 still looks like an object; too few to show, so that 2 of the 3 shown do not.')
    expect(of(null, [3, 3], null)).toBe('Nothing was selected here: none of the 2 draws still looks like an object.')
  })
  it('is passed over where nothing was left out, or nothing is known', () => expect([of(1, [0]), of(null, [0]), of(0.5, [])]).toEqual(['', '', '']))
  it('comes with the draws of the shell of the same level', () => {
    const pictures = test('all').pictures
    const own = { ...space, shells: [{ name: '1 in 1,000', exceedance: 0.001, u: new Float32Array(3), support: Uint8Array.of(0), pictures: null, y: {}, acceptance: 0.1, refused: '', rejected: pictures }] } as unknown as Space
    expect(stopsOfBoth(test('all'), 'radial', own).map((each) => each.rejected)).toEqual([null, pictures, null])
  })
  it('has the middle that the sentence tells', () => expect(middleOf(stop)).toEqual({ y: 0.62, low: expect.closeTo(0.52), high: expect.closeTo(0.64) }))
})

describe('kinds of failures', () => {
  it('are told by what is there', () => {
    expect(kindsTitle({ 'model failure': 1 })).toBe('1 failure: a fault of the model')
    expect(kindsTitle({ 'model failure': 3, unjudged: 0 })).toBe('3 failures: all faults of the model')
    expect(kindsTitle({ 'model failure': 1, 'changed class': 20 })).toBe('21 failures, of which 1 is a fault of the model')
    expect(kindsTitle({ unjudged: 4 })).toBe('4 failures: not judged')
    expect(kindsTitle({ unjudged: 4, 'changed class': 1 })).toBe('5 failures, none a proven fault of the model')
  })

  it('come with model failures first, and share out all hits', () => {
    const kinds = countedKinds({ unjudged: 1, 'changed class': 2, '': 7, 'model failure': 1, odd: 1, 'not an object': 0 })
    expect(kinds.map((kind) => kind.name)).toEqual(['model failure', 'changed class', 'unjudged', 'odd'])
    expect(kinds.reduce((sum, kind) => sum + kind.share, 0)).toBeCloseTo(1)
  })
  it('mean something each', () => expect(new Set(['model failure', 'changed class', 'unjudged', 'not an object'].map((name) => kindOf(name).meaning)).size).toBe(4))
})
