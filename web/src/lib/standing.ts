/** What is known of one thing on the page, a real object or a place: where it stands, what it looks like, how usual it is. */

import { rarityAt as exceedanceAt } from './assess'
import { oneIn } from './chance'
import { decodeOne } from './decode'
import { labelOf, type End } from './ends'
import { nearestOf, placeOn, projectOn, rowOf } from './geometry'
import { single, type Single } from './pictures'
import type { Plane, Points, Space } from './types'
import { rareness } from './words'

export interface Standing {
  end: End
  /** Row of the real object; null for a place. */
  row: number | null
  u: Float32Array
  /** Posterior standard deviations; null for a place, which is exact, or where none are stored. */
  std: Float32Array | null
  name: string
  label: string
  support: number
  /** How usual it is, in words; empty where that is not known. */
  rarity: string
  picture: Single | null
  /** Where the picture comes from, in words; empty for the object's own. */
  pictured: string
  across: number
  up: number
  /** How far beside the plane it lies. */
  beside: number
}

export function standingOf(space: Space, plane: Plane, end: End): Standing {
  return end.kind === 'object' ? ofObject(space, plane, end.row) : ofPlace(space, plane, end.across, end.up)
}

function ofObject(space: Space, plane: Plane, row: number): Standing {
  const { points } = space
  const d = space.live.length
  const u = rowOf(points.u, row, d)
  const own = ownPicture(points, row)
  const decoded = own ? null : decodeOne(space, u)
  return {
    end: { kind: 'object', row },
    row,
    u,
    std: points.std ? rowOf(points.std, row, d) : null,
    name: points.ids[row],
    label: labelOf(points, row),
    support: points.support[row],
    rarity: rareness(points.exceedance[row], points.lower[row], points.upper[row]),
    picture: own ?? decoded,
    pictured: own ? '' : decoded ? 'as the decoder sees it' : 'no picture of it on this page',
    ...projectOn(plane, u),
  }
}

function ofPlace(space: Space, plane: Plane, across: number, up: number): Standing {
  const u = placeOn(plane, across, up)
  const seen = pictureAt(space, plane, u, across, up)
  const exceedance = exceedanceAt(space, u)
  return {
    end: { kind: 'place', across, up },
    row: null,
    u,
    std: null,
    name: plane.up ? `the place at ${across.toFixed(2)}, ${up.toFixed(2)}` : `the place at ${across.toFixed(2)}`,
    label: '',
    support: supportAt(plane, across, up),
    rarity: rareness(exceedance.p, exceedance.low, exceedance.high),
    picture: seen.picture,
    pictured: seen.words,
    across,
    up,
    beside: 0,
  }
}

export function ownPicture(points: Points, row: number): Single | null {
  const { pictured } = points
  let low = 0
  let high = pictured.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (pictured[middle] < row) low = middle + 1
    else high = middle
  }
  return pictured[low] === row ? single(points.pictures, low) : null
}

/** The decoded object at a place; without a decoder the atlas' there, else the nearest real one with a picture, and which it is. */
export function pictureAt(space: Space, plane: Plane, u: Float32Array, across: number, up: number): { picture: Single | null; words: string; row: number | null } {
  const decoded = decodeOne(space, u)
  if (decoded) return { picture: decoded, words: 'decoded here', row: null }
  const beside = projectOn(plane, u).beside
  if (plane.atlas && beside < 0.05 && Math.max(Math.abs(across), Math.abs(up)) <= plane.reach) {
    return { picture: single(plane.atlas.pictures, cellAt(plane, plane.atlas.side, across, up)), words: 'decoded near here when the page was written', row: null }
  }
  const near = nearestOf(space.points, u, space.points.pictured)
  if (!near) return { picture: null, words: 'no picture', row: null }
  const off = near.distance.toFixed(near.distance < 1 ? 2 : 1)
  return { picture: ownPicture(space.points, near.row), words: `the real object ${space.points.ids[near.row]}, ${off} sd off`, row: near.row }
}

/** The label of a place on the plane's grid; beyond the grid that of its edge. */
export function supportAt(plane: Plane, across: number, up: number): number {
  return plane.support.labels[cellAt(plane, plane.support.side, across, up)] ?? 3
}

/** Position of the nearest cell of a side x side grid, row 0 at the top; of a line of one row where the plane has one axis. */
function cellAt(plane: Plane, side: number, across: number, up: number): number {
  const step = (value: number) => Math.min(side - 1, Math.max(0, Math.round(((value / plane.reach + 1) / 2) * (side - 1))))
  return plane.up ? step(-up) * side + step(across) : step(across)
}

/** y of the expected object at a place of the plane, bilinear; NaN beyond the grid or where y failed. */
export function outcomeAt(plane: Plane, field: { side: number; y: Float32Array }, across: number, up: number): number {
  const { side, y } = field
  if (Math.abs(across) > plane.reach * 1.0001 || Math.abs(up) > plane.reach * 1.0001) return NaN
  const place = (value: number) => Math.min(side - 1.000001, Math.max(0, ((value / plane.reach + 1) / 2) * (side - 1)))
  const x = place(across)
  const row = plane.up ? place(-up) : 0
  const [left, top] = [Math.floor(x), Math.floor(row)]
  const [p, q] = [x - left, row - top]
  const at = (r: number, c: number) => y[r * side + c]
  if (!plane.up) return (1 - p) * at(0, left) + p * at(0, left + 1)
  return (1 - q) * ((1 - p) * at(top, left) + p * at(top, left + 1)) + q * ((1 - p) * at(top + 1, left) + p * at(top + 1, left + 1))
}

/** The label of any place: that of the plane where it lies on it, else by its exceedance and by how far its five nearest fitted codes are. */
export function supportOf(space: Space, plane: Plane, u: Float32Array): number {
  const { across, up, beside } = projectOn(plane, u)
  if (beside < 0.05 || !space.gate) return supportAt(plane, across, up)
  const { p } = exceedanceAt(space, u)
  const far = nearFive(space.gate.codes, u)
  if (far > space.gate.unsupported || p < space.calibration.floor) return 3
  const beyond = p * space.calibration.count
  return beyond < 1 ? 2 : beyond < 10 || far > space.gate.rare ? 1 : 0
}

/** Mean distance to the five nearest of the codes (m, d). */
function nearFive(codes: Float32Array, u: Float32Array): number {
  const d = u.length
  const least = [Infinity, Infinity, Infinity, Infinity, Infinity]
  for (let i = 0; i < codes.length; i += d) {
    let square = 0
    for (let k = 0; k < d; k++) square += (codes[i + k] - u[k]) ** 2
    if (square >= least[4]) continue
    least[4] = square
    for (let j = 4; j > 0 && least[j] < least[j - 1]; j--) [least[j], least[j - 1]] = [least[j - 1], least[j]]
  }
  const found = least.filter(Number.isFinite)
  return found.reduce((sum, square) => sum + Math.sqrt(square), 0) / Math.max(found.length, 1)
}

/** "1 in 240": how many objects are at least as unusual as one at this place; empty where that is not known. */
export function rarityAt(space: Space, u: Float32Array): string {
  const { p } = exceedanceAt(space, u)
  return p > 0 ? oneIn(p) : ''
}
