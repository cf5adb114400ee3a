import { describe, expect, it } from 'vitest'
import { answerOf, chanceOf, chosenObjects, failureSentence, placeOn, regionOf, wholePlane } from './failing'
import type { Shown } from './stops'
import type { Plane, Space, StressTest } from './types'

const failure = (estimate: number, low: number, high: number) => ({ estimate, low, high, calls: 0, words: '', real: '' })
const plane = (across: number[], up: number[] | null, origin = [1, 0, 0]) => ({ origin: Float32Array.from(origin), across: Float32Array.from(across), up: up && Float32Array.from(up), whole: true }) as Plane

describe('the probability of failure', () => {
  it('is said as people say it', () => expect(failureSentence(failure(1 / 900, 1 / 1400, 1 / 500))).toBe('About 1 in 900 objects fails (90% interval 1 in 1,400 to 1 in 500).'))
  it('is a bound where nothing failed', () => expect(failureSentence(failure(0, 0, 0.002))).toBe('No failure was found: at most 1 in 500 objects fails.'))
  it('is a share where it is large', () => expect(failureSentence(failure(0.62, 0.5, 0.7))).toMatch(/^About 62% of objects fail/))
  it('is a bound in shares too', () => expect(failureSentence(failure(0, 0, 0.26))).toBe('No failure was found: at most 26% of objects fail.'))
  it('is not said where its interval holds everything', () => expect(failureSentence(failure(1e-20, 0, 1))).toMatch(/^How often objects fail is not known: the 90% interval is at most 100%/))
  it('is not said where it is not known', () => expect(failureSentence(failure(NaN, NaN, NaN))).toMatch(/could not be estimated/))
})

describe('the best supported rate', () => {
  const seen = (contradicts: string) => ({ ...failure(1 / 41, 0.0087, 0.067), observed: { hits: 95, n: 1000, low: 0.08, high: 0.112, contradicts }, contradictions: contradicts ? ['Real objects fail more often.', 'y differs from call to call.'] : [] })
  const asked = (of: StressTest['failure'], more: Partial<StressTest> = {}) => ({ failure: of, rule: 'wrong label', findings: [], levels: [], ...more }) as unknown as StressTest
  const real = '95 of 1,000 real objects are misread: 9.5% (90% interval 8% to 11%).'
  it('is that of real objects, never an estimate that they contradict', () => {
    const told = chanceOf(asked(seen('more')))
    expect(told.headline).toBe(real)
    expect(told.warning).toMatch(/cleaner than real ones and fail less often\. Do not quote/)
    expect(told.estimate).toMatch(/^Drawn from the space: about 1 in 41 objects fails/)
    expect(told.notes).toEqual(['y differs from call to call.'])
  })
  it('warns of nothing where both agree', () => expect(chanceOf(asked(seen(''))).warning).toBe(''))
  it('is the estimate where no real object was asked', () => expect(chanceOf(asked(failure(1 / 900, 1 / 1400, 1 / 500))).headline).toMatch(/^About 1 in 900/))
  it('is a bound where no real object fails', () => {
    const none = { ...failure(0, 0, 0.01), observed: { hits: 0, n: 500, low: 0, high: 0.006, contradicts: '' } }
    expect(chanceOf(asked(none, { rule: 'y < 0.2' })).headline).toBe('None of 500 real objects fails: at most 0.6% (90% interval).')
  })
  it('stands first in the answer, then where it breaks', () => {
    const level = { tail: 'towards 9', level: '', exceedance: 0.1, scenarios: 40, y: 0, y_low: null, y_high: null, hits: 1, rate: 0.03, rate_low: null, rate_high: null, support: {} }
    const pairs = [{ label: '4', said: '9', count: 12 }, { label: '7', said: '2', count: 8 }, { label: '1', said: '7', count: 1 }]
    const real_failures = { asked: 1000, failed: 95, pairs, ids: [], said: [], label: [], y: new Float32Array(), pictures: null }
    expect(answerOf(asked(seen('more'), { levels: [level], real_failures }))).toEqual([
      real, 'Most often a true 4 is taken for 9 (12 of 95), 7 taken for 2 (8).', 'Of 40 drawn objects in the tails 1 is a failure, in the tail towards 9.',
    ])
    expect(answerOf(asked(null, { rule: '' }))).toEqual([])
  })
})

describe('codes on a plane', () => {
  it('are put back where the plane took them', () => {
    const found = placeOn(plane([0, 1, 0], [0, 0, 2]), Float32Array.of(1, 3, 4, 9, -1, 0))
    expect(found).toEqual([[3, 2], [-1, 0]])
  })
  it('lie on a line in a space of one axis', () => expect(placeOn(plane([1], null, [0]), Float32Array.of(2, 3))).toEqual([[2, 0], [3, 0]]))
  it('have a map only where it hides nothing', () => {
    const own = { live: [0, 1], planes: [plane([1, 0], [0, 1])] } as unknown as Space
    expect(wholePlane(own)).not.toBeNull()
    expect(wholePlane({ ...own, live: [0, 1, 2] })).toBeNull()
  })
})

describe('weak regions and filters', () => {
  it('take the share elsewhere from the words where it is told there alone', () => {
    const finding = { words: 'ink: left at least 3: 12 of 40 fail (30%, 90% interval 18% to 44%), elsewhere 1.2%; 40% of all failures', rate: 0.3, low: 0.18, high: 0.44, scenarios: 40 }
    expect(regionOf(finding)).toEqual({ shared: 'ink: left at least 3', elsewhere: expect.closeTo(0.012) })
    expect(regionOf({ ...finding, words: 'thin', elsewhere: 0.5 })).toEqual({ shared: 'thin', elsewhere: 0.5 })
  })
  it('keep hits alone where they are asked for', () => {
    const objects = [{ kind: '' }, { kind: 'unjudged' }] as Shown[]
    expect([chosenObjects(objects, false).length, chosenObjects(objects, true).length]).toEqual([2, 1])
  })
})
