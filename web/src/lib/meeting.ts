/** Do objects of several kinds meet at a place? Then what is decoded there is a blend of them. */

import { MISSING } from './colour'
import { labelColumn } from './ends'
import type { Points } from './types'

const NEAREST = 5
/** As many of the nearest as make a place that of one kind. */
const CLEAR = 4

/** Labels of the five nearest real objects, the commonest first, where no label has four of them; else none. */
export function kindsMeeting(points: Points, u: ArrayLike<number>): string[] {
  const column = labelColumn(points)
  if (column?.kind !== 'category' || points.n < NEAREST) return []
  const d = u.length
  const nearest: { square: number; value: number }[] = []
  for (let row = 0; row < points.n; row++) {
    const value = column.values[row]
    if (value === MISSING) continue
    const worst = nearest.length < NEAREST ? Infinity : nearest[NEAREST - 1].square
    let square = 0
    for (let k = 0; k < d && square < worst; k++) square += (points.u[row * d + k] - u[k]) ** 2
    if (!(square < worst)) continue
    let at = nearest.length < NEAREST ? nearest.push({ square, value }) - 1 : NEAREST - 1
    for (; at > 0 && nearest[at - 1].square > square; at--) nearest[at] = nearest[at - 1]
    nearest[at] = { square, value }
  }
  if (nearest.length < NEAREST) return []
  const counts = new Map<number, number>()
  for (const { value } of nearest) counts.set(value, (counts.get(value) ?? 0) + 1)
  const found = [...counts].sort(([one, m], [other, n]) => n - m || one - other)
  return found[0][1] >= CLEAR ? [] : found.map(([value]) => column.levels[value] ?? '').filter(Boolean)
}
