/** Which two things are compared: real objects by their ids, or places on the plane. Kept in links as `id:17` and `at:1.2,-0.4`. */

import { uniforms } from './geometry'
import type { Change, Column, Points } from './types'

export type End = { kind: 'object'; row: number } | { kind: 'place'; across: number; up: number }

const rows = new WeakMap<Points, Map<string, number>>()

/** The row of an id; null where no object of the page has it. */
export function rowNamed(points: Points, id: string): number | null {
  let known = rows.get(points)
  if (!known) {
    known = new Map()
    // The first of equal ids is the one that is found.
    for (let row = points.n - 1; row >= 0; row--) known.set(points.ids[row], row)
    rows.set(points, known)
  }
  return known.get(id) ?? null
}

export function readEnd(text: string, points: Points): End | null {
  if (text.startsWith('at:')) {
    const [across, up, ...rest] = text.slice(3).split(',').map(Number)
    return Number.isFinite(across) && Number.isFinite(up) && !rest.length ? { kind: 'place', across, up } : null
  }
  const row = text.startsWith('id:') ? rowNamed(points, text.slice(3)) : null
  return row === null ? null : { kind: 'object', row }
}

export function writeEnd(end: End, points: Points): string {
  return end.kind === 'object' ? `id:${points.ids[end.row]}` : `at:${end.across.toFixed(3)},${end.up.toFixed(3)}`
}

/** The column that says what an object is, if there is one. */
export function labelColumn(points: Points): Column | null {
  return points.columns.find((column) => column.role === 'label') ?? null
}

/** What an object is called beside its id: its label; empty where there is none. */
export function labelOf(points: Points, row: number): string {
  const column = labelColumn(points)
  if (!column) return ''
  if (column.kind === 'number') return Number.isFinite(column.values[row]) ? String(Number(column.values[row].toPrecision(4))) : ''
  return column.levels[column.values[row]] ?? ''
}

/** Rows whose id or label fits a search: the id itself first, then ids and labels that begin with it, then those that hold it. */
export function searchObjects(points: Points, text: string, most = 12): number[] {
  const wanted = text.trim().toLowerCase()
  if (!wanted) return Array.from({ length: Math.min(most, points.n) }, (_, i) => i)
  const ranks: number[][] = [[], [], [], []]
  for (let row = 0; row < points.n; row++) {
    const id = points.ids[row].toLowerCase()
    const label = labelOf(points, row).toLowerCase()
    const rank = id === wanted ? 0 : id.startsWith(wanted) ? 1 : label.startsWith(wanted) ? 2 : id.includes(wanted) || label.includes(wanted) ? 3 : -1
    if (rank >= 0 && ranks[rank].length < most) ranks[rank].push(row)
  }
  return ranks.flat().slice(0, most)
}

/** Two different objects by chance, among those with a picture if two have one. */
export function randomPair(points: Points, uniform: () => number): [End, End] | null {
  const among = points.pictured.length > 1 ? points.pictured : null
  const n = among ? among.length : points.n
  if (n < 2) return null
  const first = Math.floor(uniform() * n)
  const second = (first + 1 + Math.floor(uniform() * (n - 1))) % n
  const end = (i: number): End => ({ kind: 'object', row: among ? among[i] : i })
  return [end(first), end(second)]
}

/** The pair that the view begins with: that of the first measured answer whose objects are here, else a usual pair of unlike labels. */
export function firstPair(points: Points, changes: Change[]): [End, End] | null {
  for (const change of changes) {
    const [a, b] = [rowNamed(points, change.a.id), rowNamed(points, change.b.id)]
    if (a !== null && b !== null) return [{ kind: 'object', row: a }, { kind: 'object', row: b }]
  }
  const uniform = uniforms(1)
  let pair = randomPair(points, uniform)
  const usual = ([a, b]: [End, End]) =>
    a.kind === 'object' && b.kind === 'object' && !points.support[a.row] && !points.support[b.row] &&
    (labelColumn(points) === null || labelOf(points, a.row) !== labelOf(points, b.row))
  for (let attempt = 0; pair && attempt < 50 && !usual(pair); attempt++) pair = randomPair(points, uniform)
  return pair
}
