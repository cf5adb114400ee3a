/** Where does the map begin? At a typical real object that the model draws as it is; at the origin where there is none. */

import { decodeOne } from './decode'
import { placesOf } from './frame'
import { labelColumn } from './ends'
import { ownPicture, supportOf } from './standing'
import type { Plane, Points, Space } from './types'

const MOST_LEVELS = 40
const known = new WeakMap<Plane, [number, number]>()

/** The place (a, b) of the middle object of that label which is drawn most like itself; where pictures cannot be compared, of the least unusual. */
export function startOf(space: Space, plane: Plane): [number, number] {
  let found = known.get(plane)
  if (!found) known.set(plane, (found = startFor(space, plane)))
  return found
}

function startFor(space: Space, plane: Plane): [number, number] {
  const { points } = space
  const d = space.live.length
  if (!points.n) return [0, 0]
  const places = placesOf(space, plane)
  const placed = (row: number): [number, number] => [places[2 * row], plane.up ? places[2 * row + 1] : 0]
  const u = (row: number) => {
    const [a, b] = placed(row)
    return plane.origin.map((value, k) => value + a * plane.across[k] + (plane.up ? b * plane.up[k] : 0))
  }
  const fits = (row: number) => {
    const [a, b] = placed(row)
    return points.support[row] === 0 && Math.max(Math.abs(a), Math.abs(b)) <= plane.reach && supportOf(space, plane, u(row)) === 0
  }
  const candidates = middles(points, d).filter(fits)
  if (!candidates.length) return [0, 0]
  const unlike = candidates.map((row) => unlikeness(space, u(row), row))
  const order = candidates.map((row, i) => ({ row, unlike: unlike[i] }))
  order.sort((one, other) => one.unlike - other.unlike || points.exceedance[other.row] - points.exceedance[one.row] || one.row - other.row)
  return placed(order[0].row)
}

/** One object a label: of those with a picture (all, if none has one) the nearest to the medians of the label's coordinates. */
export function middles(points: Points, d: number): number[] {
  const column = labelColumn(points)
  const groups = new Map<number, number[]>()
  for (let row = 0; row < points.n; row++) {
    const group = column?.kind === 'category' ? column.values[row] : 0
    const rows = groups.get(group)
    if (rows) rows.push(row)
    else if (groups.size < MOST_LEVELS) groups.set(group, [row])
  }
  const pictured = new Set(points.pictured)
  return [...groups.values()].map((rows) => {
    const middle = Array.from({ length: d }, (_, k) => Float32Array.from(rows, (row) => points.u[row * d + k]).sort()[rows.length >> 1])
    const among = rows.filter((row) => pictured.has(row))
    const far = (row: number) => middle.reduce((sum, value, k) => sum + (points.u[row * d + k] - value) ** 2, 0)
    let best = (among.length ? among : rows)[0]
    let least = far(best)
    for (const row of among.length ? among : rows) {
      const each = far(row)
      if (each < least) [best, least] = [row, each]
    }
    return best
  })
}

/** Mean difference of the decoded picture from the object's own, 0 to 1, for rasters; 1 where they cannot be compared. */
function unlikeness(space: Space, u: Float32Array, row: number): number {
  const own = ownPicture(space.points, row)
  const decoded = own?.kind === 'raster' ? decodeOne(space, u) : null
  if (own?.kind !== 'raster' || decoded?.kind !== 'raster' || own.data.length !== decoded.data.length) return 1
  let apart = 0
  let ink = 0
  own.data.forEach((value, i) => {
    apart += Math.abs(value - decoded.data[i])
    ink += Math.max(value, decoded.data[i])
  })
  // Against what is drawn at all: an empty picture is not like a thin one.
  return ink > 0 ? apart / ink : 0
}
