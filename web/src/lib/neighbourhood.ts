/** Who lives within a radius of a place, and what is unusual about them? */

import { describing, isMissing } from './contrast'
import { distanceOf, distancesTo } from './geometry'
import { meanInterval, meanOf, shareInterval, shareTail, standOut, studentTail } from './statistics'
import type { Column, ExplainedPatch, Ledger, Points } from './types'

/** Fewer objects than this say nothing of a mean. */
export const FEWEST = 10
/** Share of false findings that is allowed on average among those shown. */
export const FALSE_FINDINGS = 0.1
const MOST_LEVELS = 30

export interface Members {
  /** Rows of the objects inside, nearest first, and their distances from the centre. */
  rows: number[]
  distances: number[]
  /** Share of all objects that lie inside, with a 90% interval for the population. */
  share: number
  interval: [number, number]
}

export interface Unusual {
  name: string
  unit: string
  /** The value inside and among all objects: a mean, or for a level its share. */
  inside: number
  all: number
  isShare: boolean
  /** Mean inside less the mean of all, in population standard deviations. */
  difference: number
  interval: [number, number]
  pValue: number
  standsOut: boolean
}

export interface UnusualAnswer {
  /** Why nothing is said; empty if something is. */
  withheld: string
  /** Those that stand out first, the largest difference first. */
  features: Unusual[]
  found: number
}

/** Objects within `radius` of a place, in all axes of the space. */
export function membersOf(points: Pick<Points, 'n' | 'u'>, centre: ArrayLike<number>, radius: number): Members {
  const distances = distancesTo(points, centre)
  const rows: number[] = []
  for (let i = 0; i < points.n; i++) if (distances[i] <= radius) rows.push(i)
  rows.sort((one, other) => distances[one] - distances[other] || one - other)
  return {
    rows,
    distances: rows.map((row) => distances[row]),
    share: points.n ? rows.length / points.n : 0,
    interval: points.n ? shareInterval(rows.length, points.n) : [0, 1],
  }
}

/** Objects whose places on the plane (n, 2) lie inside a circle, wherever they stand in the other axes. */
export function membersSeen(places: Float32Array, n: number, circle: { a: number; b: number; radius: number }): Members {
  return membersOf({ n, u: places }, [circle.a, circle.b], circle.radius)
}

/** The smallest radius that holds so many objects; that of the farthest if there are fewer. */
export function radiusHolding(points: Pick<Points, 'n' | 'u'>, centre: ArrayLike<number>, count: number): number {
  if (!points.n) return 1
  const distances = distancesTo(points, centre).sort()
  // A little more than the distance itself, for it travels through an address with four decimals.
  return distances[Math.min(count, points.n) - 1] + 1e-4
}

/** Features whose mean inside differs from that of all objects.
 *
 * Numbers are compared by Student's t of the objects inside against the mean of all; the share of a level by its binomial
 * law. What stands out is chosen by Benjamini & Hochberg's rule at 10%; the intervals of the chosen are widened to
 * 1 - 10% * chosen / all, so that of these, too, nine in ten hold on average (Benjamini & Yekutieli 2005).
 */
export function unusualOf(points: Points, rows: number[]): UnusualAnswer {
  if (rows.length < FEWEST) {
    const have = rows.length === 0 ? 'No real object lies' : rows.length === 1 ? 'One real object lies' : `${rows.length} real objects lie`
    return { withheld: `${have} inside; a comparison of means needs at least ${FEWEST}.`, features: [], found: 0 }
  }
  if (rows.length === points.n) return { withheld: 'Every object lies inside: there is nothing to compare with.', features: [], found: 0 }
  const columns = describing(points).filter((column) => column.role !== 'outcome')
  const tested = columns.flatMap((column) => (column.kind === 'number' ? ofNumber(column, rows) : ofLevels(column, rows, points.n)))
  if (!tested.length) {
    const withheld = columns.length
      ? `No feature has ${FEWEST} values inside that are there and differ.`
      : 'This page holds no features of its objects.'
    return { withheld, features: [], found: 0 }
  }
  const chosen = standOut(tested.map((each) => each.pValue), FALSE_FINDINGS)
  const found = chosen.filter(Boolean).length
  const confidence = 1 - (FALSE_FINDINGS * Math.max(found, 1)) / tested.length
  const features = tested.map(({ ranged, ...each }, i) => ({ ...each, standsOut: chosen[i], interval: ranged(chosen[i] ? confidence : 0.9) }))
  features.sort((one, other) => Number(other.standsOut) - Number(one.standsOut) || Math.abs(other.difference) - Math.abs(one.difference))
  return { withheld: '', features, found }
}

type Tested = Omit<Unusual, 'interval' | 'standsOut'> & { ranged: (confidence: number) => [number, number] }

function ofNumber(column: Column & { kind: 'number' }, rows: number[]): Tested[] {
  const all = meanOf(column.values)
  const inside = meanOf(column.values, rows)
  if (inside.count < FEWEST || !(column.spread > 0) || !(inside.error > 0)) return []
  const difference = (inside.value - all.value) / column.spread
  return [
    {
      name: column.name,
      unit: column.unit,
      inside: inside.value,
      all: all.value,
      isShare: false,
      difference,
      pValue: studentTail((inside.value - all.value) / inside.error, inside.count - 1),
      ranged: (confidence) => {
        const [low, high] = meanInterval(inside, confidence)
        return [(low - all.value) / column.spread, (high - all.value) / column.spread]
      },
    },
  ]
}

function ofLevels(column: Column & { kind: 'category' }, rows: number[], n: number): Tested[] {
  if (column.levels.length > MOST_LEVELS) return []
  const everywhere = new Array<number>(column.levels.length).fill(0)
  const within = everywhere.slice()
  for (let row = 0; row < n; row++) if (!isMissing(column, row)) everywhere[column.values[row]]++
  for (const row of rows) if (!isMissing(column, row)) within[column.values[row]]++
  const all = everywhere.reduce((sum, count) => sum + count, 0)
  const inside = within.reduce((sum, count) => sum + count, 0)
  if (inside < FEWEST) return []
  // Of two levels the second says nothing that the first does not.
  const levels = column.levels.length === 2 ? [1] : column.levels.map((_, i) => i)
  return levels.flatMap((level) => {
    const share = everywhere[level] / all
    const spread = Math.sqrt(share * (1 - share))
    if (!(spread > 0)) return []
    return [
      {
        name: `${column.name} = ${column.levels[level]}`,
        unit: '',
        inside: within[level] / inside,
        all: share,
        isShare: true,
        difference: (within[level] / inside - share) / spread,
        pValue: shareTail(within[level], inside, share),
        ranged: (confidence: number): [number, number] => {
          const [low, high] = shareInterval(within[level], inside, confidence)
          return [(low - share) / spread, (high - share) / spread]
        },
      },
    ]
  })
}

/** Explained patches by how far their centres lie from this one, nearest first, and whether the two balls meet. */
export function explainedNear(
  patches: ExplainedPatch[],
  space: string,
  centre: ArrayLike<number>,
  radius: number,
): { patch: ExplainedPatch; distance: number; meets: boolean }[] {
  return patches
    .filter((patch) => patch.space === space && patch.centre.length === centre.length)
    .map((patch) => ({ patch, distance: distanceOf(patch.centre, centre) }))
    .map((each) => ({ ...each, meets: each.distance <= radius + each.patch.radius }))
    .sort((one, other) => one.distance - other.distance)
}

/** The patch to begin with: one that tells something, linearly if one does, and of these the one that holds most objects. */
export function tellingPatch(patches: ExplainedPatch[]): number {
  const told = patches.filter((patch) => !patch.withheld)
  const linear = told.filter((patch) => patch.linear)
  const best = (linear.length ? linear : told).reduce<ExplainedPatch | null>((most, patch) => (most && most.members >= patch.members ? most : patch), null)
  return best ? patches.indexOf(best) : 0
}

export type Agreement = 'agrees' | 'disagrees' | 'raises' | 'lowers' | 'undecided' | 'absent'

/** Whether one patch goes the way that a verdict of the ledger says, by its own interval; where the verdict names no direction, which way it goes. */
export function agreementOf(entry: Ledger['entries'][number], patch: ExplainedPatch | null): Agreement {
  const effect = patch?.effects.find((each) => each.feature === entry.feature)?.on_manifold
  if (!effect || patch?.withheld) return 'absent'
  const sign = effect.low > 0 ? 1 : effect.high < 0 ? -1 : 0
  if (sign === 0) return 'undecided'
  if (entry.verdict !== 'GLOBAL') return sign > 0 ? 'raises' : 'lowers'
  const positive = entry.positive >= entry.negative ? 1 : -1
  return sign === positive ? 'agrees' : 'disagrees'
}
