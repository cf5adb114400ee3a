/** How far apart are two places, is that much, and how sure is it? Distances in whitened coordinates: standard deviations. */

import type { Plane, Points } from './types'

export const DRAWS = 400
export const CONFIDENCE = 0.9

/** A percentile of random pairs, 0 to 100, or a distance, with its interval; null where nothing measured the spread. */
export interface Ranged {
  value: number
  interval: [number, number] | null
}

export interface Measured {
  distance: Ranged
  percentile: Ranged
}

/** Row i of a (n, d) array. */
export function rowOf(table: Float32Array, i: number, d: number): Float32Array {
  return table.subarray(i * d, i * d + d)
}

export function distanceOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += (b[k] - a[k]) ** 2
  return Math.sqrt(sum)
}

/** Percent of random pairs that lie closer together than a distance, by the pairs' percentiles 0 ... 100. */
export function percentileOf(pairs: ArrayLike<number>, distance: number): number {
  const last = pairs.length - 1
  if (!(distance > pairs[0])) return 0
  if (distance >= pairs[last]) return 100
  let low = 0
  let high = last
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (pairs[middle] < distance) low = middle
    else high = middle
  }
  const width = pairs[high] - pairs[low]
  return ((low + (width > 0 ? (distance - pairs[low]) / width : 0)) * 100) / last
}

/** Distance and percentile of two places with 90% intervals from their posterior spreads.
 *
 * The interval holds each distance t at which the measured distance D is usual: neither P(|t v + e| >= D) nor
 * P(|t v + e| <= D) is below 5%, with v the measured direction and e the difference of two posterior errors (Neyman's
 * inversion). Noise makes distances longer, so the plain quantiles of |b' - a'| would miss short distances altogether.
 * Random pairs are longer for the same reason: the percentile moves by the width of the interval, about D.
 */
export function measure(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  spreads: { a: ArrayLike<number> | null; b: ArrayLike<number> | null },
  pairs: ArrayLike<number>,
): Measured {
  const distance = distanceOf(a, b)
  const percentile = percentileOf(pairs, distance)
  if (!spreads.a && !spreads.b) {
    return { distance: { value: distance, interval: null }, percentile: { value: percentile, interval: null } }
  }
  const { low, middle, high } = reach(a, b, spreads, distance)
  const ranked = [low, high].map((edge) => percentileOf(pairs, Math.max(distance + edge - middle, 0)))
  return {
    distance: { value: distance, interval: [Math.min(low, distance), Math.max(high, distance)] },
    percentile: { value: percentile, interval: [Math.min(ranked[0], percentile), Math.max(ranked[1], percentile)] },
  }
}

function reach(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  spreads: { a: ArrayLike<number> | null; b: ArrayLike<number> | null },
  distance: number,
): { low: number; middle: number; high: number } {
  const d = a.length
  const normal = normals(17)
  const roots = new Float64Array(DRAWS)
  const lows = new Float64Array(DRAWS)
  for (let i = 0; i < DRAWS; i++) {
    let along = 0
    let length = 0
    for (let k = 0; k < d; k++) {
      const error = (spreads.b ? spreads.b[k] * normal() : 0) - (spreads.a ? spreads.a[k] * normal() : 0)
      const direction = distance > 0 ? (b[k] - a[k]) / distance : Number(k === 0)
      along += direction * error
      length += error * error
    }
    // Where the noise alone is longer than D, a short t explains D as well as the root does.
    const root = Math.max(Math.sqrt(Math.max(along * along - length + distance * distance, 0)) - along, 0)
    roots[i] = root
    lows[i] = length < distance * distance ? root : 0
  }
  roots.sort()
  lows.sort()
  const rank = (share: number) => Math.round(share * (DRAWS - 1))
  const low = lows[rank((1 - CONFIDENCE) / 2)]
  return { low, middle: Math.max(roots[rank(0.5)], low), high: roots[rank((1 + CONFIDENCE) / 2)] }
}

/** y between known places in ascending order, along straight lines; held at the ends. */
export function between(at: ArrayLike<number>, y: ArrayLike<number>, place: number): number {
  const last = at.length - 1
  let high = 1
  while (high < last && at[high] < place) high++
  if (last < 1) return y[0] ?? NaN
  const width = at[high] - at[high - 1]
  const share = width > 0 ? Math.min(1, Math.max(0, (place - at[high - 1]) / width)) : 1
  return share === 0 ? y[high - 1] : share === 1 ? y[high] : (1 - share) * y[high - 1] + share * y[high]
}

/** Uniform numbers in [0, 1), always the same ones for a seed (mulberry32). */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Standard normal numbers, always the same ones for a seed (Box & Muller 1958). */
export function normals(seed: number): () => number {
  const uniform = uniforms(seed)
  let spare: number | null = null
  return () => {
    if (spare !== null) {
      const value = spare
      spare = null
      return value
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
    const angle = 2 * Math.PI * uniform()
    spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
}

/** u of a place on a plane. */
export function placeOn(plane: Plane, across: number, up: number): Float32Array {
  return plane.origin.map((value, k) => value + across * plane.across[k] + up * (plane.up ? plane.up[k] : 0))
}

/** Where u stands on a plane, and how far beside it, in standard deviations. The plane's axes are unit vectors. */
export function projectOn(plane: Plane, u: ArrayLike<number>): { across: number; up: number; beside: number } {
  let across = 0
  let up = 0
  let square = 0
  for (let k = 0; k < plane.origin.length; k++) {
    const offset = u[k] - plane.origin[k]
    across += offset * plane.across[k]
    if (plane.up) up += offset * plane.up[k]
    square += offset * offset
  }
  return { across, up, beside: Math.sqrt(Math.max(square - across * across - up * up, 0)) }
}

/** The real object nearest to a place, and how far off it lies; null where there is none. */
export function nearestOf(points: Points, u: ArrayLike<number>, among?: ArrayLike<number>): { row: number; distance: number } | null {
  const d = u.length
  const count = among ? among.length : points.n
  let best: { row: number; square: number } | null = null
  for (let i = 0; i < count; i++) {
    const row = among ? among[i] : i
    let square = 0
    for (let k = 0; k < d; k++) square += (points.u[row * d + k] - u[k]) ** 2
    if (!best || square < best.square) best = { row, square }
  }
  return best && { row: best.row, distance: Math.sqrt(best.square) }
}

/** Distances of all objects to a place, (n). */
export function distancesTo(points: Pick<Points, 'n' | 'u'>, u: ArrayLike<number>): Float32Array {
  const d = u.length
  const distances = new Float32Array(points.n)
  for (let i = 0; i < points.n; i++) {
    let square = 0
    for (let k = 0; k < d; k++) square += (points.u[i * d + k] - u[k]) ** 2
    distances[i] = Math.sqrt(square)
  }
  return distances
}
