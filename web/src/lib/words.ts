/** Support labels, and rareness with its interval, in words. Probabilities by themselves: chance.ts. */
import { oneIn, percent } from './chance'
import { SUPPORT } from './types'

/** A figure with three significant digits: 1,230, 0.0456. */
export { number as figure } from './chance'

/** "1 in 240, 90% interval 180 to 330"; common places as a share of objects. */
export function rareness(p: number, low: number, high: number, confidence = 0.9): string {
  if (!(p > 0)) return 'rareness unknown'
  const name = `${Math.round(100 * confidence)}% interval`
  if (p > 0.99) return 'Nearly all objects are more unusual'
  if (p > 0.1) return `${percent(p)} of objects are at least as unusual, ${name} ${percent(low)} to ${percent(high)}`
  // Both ends are said alike: an upper end that is no "1 in so many" makes a share of both.
  if (!oneIn(high).startsWith('1 in')) return `${oneIn(p)}, ${name} ${percent(low)} to ${percent(high)}`
  const bare = (value: number) => (value > 0 ? oneIn(value).replace(/^1 in /, '') : 'no bound')
  return `${oneIn(p)}, ${name} ${bare(high)} to ${bare(low)}`
}

export const SUPPORT_WORDS = ['supported', 'rare but observed', 'extrapolated', 'unsupported'] as const
export const SUPPORT_SIGNS = ['\u2713', '\u25c6', '\u25b2', '\u2715'] as const
export const SUPPORT_MEANING = [
  'Real objects lie all around this place.',
  'Few real objects lie here, but some do.',
  'No real object lies here; the model continues from its neighbours.',
  'Nothing that was fitted is near: do not rely on this object.',
] as const

/** The number of a label given as a number or as its word; 3 (unsupported) where neither fits. */
export function supportNumber(label: number | string): number {
  if (typeof label === 'number') return label in SUPPORT ? label : 3
  const at = (SUPPORT as readonly string[]).indexOf(label)
  return at < 0 ? 3 : at
}
