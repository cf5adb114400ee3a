/** What differs between two objects: features in population standard deviations, cells of a row, pixels, values of a line. */

import { number } from './chance'
import type { Column, Pictures, Points } from './types'

export interface FeatureChange {
  name: string
  unit: string
  before: string
  after: string
  /** In standard deviations of the feature over the population; null for a category. */
  change: number | null
}

export interface RowChange {
  name: string
  before: string
  after: string
  changed: boolean
}

const MISSING_LEVEL = 65535

const described = new WeakMap<Column[], Column[]>()

/** Columns that describe objects, each once: without those that only say which object it is, and without features that repeat a column or its levels. */
export function describing(points: Points): Column[] {
  const known = described.get(points.columns)
  if (known) return known
  const names = new Set<string>()
  const kept = new Set<Column>()
  for (const own of [false, true]) {
    for (const column of points.columns) {
      if ((column.role === 'feature') !== own || names.has(column.name) || (own && isLevelOf(names, column.name))) continue
      if (column.kind === 'category' && column.levels.length > Math.max(60, points.n / 2)) continue
      kept.add(column)
      names.add(column.name)
    }
  }
  const columns = points.columns.filter((column) => kept.has(column))
  described.set(points.columns, columns)
  return columns
}

/** Whether a name reads "town = B" and there is a column "town". */
function isLevelOf(names: ReadonlySet<string>, name: string): boolean {
  for (let cut = name.indexOf(' = '); cut >= 0; cut = name.indexOf(' = ', cut + 1)) if (names.has(name.slice(0, cut))) return true
  return false
}

/** How each feature differs from object a to b, the largest first; categories that changed before them, those that did not last. */
export function featureChanges(points: Points, a: number, b: number): { changed: FeatureChange[]; same: string[]; missing: string[] } {
  const changed: { size: number; row: FeatureChange }[] = []
  const same: string[] = []
  const missing: string[] = []
  for (const column of describing(points)) {
    const { name, unit } = column
    if (isMissing(column, a) || isMissing(column, b)) {
      missing.push(name)
      continue
    }
    const row = { name, unit, before: cellText(column, a), after: cellText(column, b) }
    if (column.kind === 'category') {
      if (column.values[a] === column.values[b]) same.push(name)
      else changed.push({ size: Infinity, row: { ...row, change: null } })
      continue
    }
    const difference = column.values[b] - column.values[a]
    if (difference === 0) same.push(name)
    else if (!(column.spread > 0)) changed.push({ size: 0, row: { ...row, change: null } })
    else changed.push({ size: Math.abs(difference / column.spread), row: { ...row, change: difference / column.spread } })
  }
  changed.sort((one, other) => (one.size === other.size ? 0 : other.size - one.size))
  return { changed: changed.map((each) => each.row), same, missing }
}

/** Rows i and j cell by cell. */
export function rowChanges(pictures: Pictures & { kind: 'rows' }, i: number, j: number): RowChange[] {
  const width = pictures.names.length
  return pictures.names.map((name, k) => {
    const before = pictures.texts[pictures.cells[i * width + k]]
    const after = pictures.texts[pictures.cells[j * width + k]]
    return { name, before, after, changed: before !== after }
  })
}

/** Brightness of picture j less that of i, pixel by pixel, in [-1, 1]; channels are averaged. */
export function rasterDifference(pictures: Pictures & { kind: 'raster' }, i: number, j: number): Float32Array {
  const { height, width, channels, data } = pictures
  const size = height * width
  const difference = new Float32Array(size)
  for (let p = 0; p < size; p++) {
    let sum = 0
    for (let c = 0; c < channels; c++) sum += data[(j * size + p) * channels + c] - data[(i * size + p) * channels + c]
    difference[p] = sum / channels / 255
  }
  return difference
}

/** Line j less line i, as a picture of its own. */
export function lineDifference(pictures: Pictures & { kind: 'line' }, i: number, j: number): Pictures & { kind: 'line' } {
  const size = pictures.time * pictures.channels
  const data = new Float32Array(size)
  for (let p = 0; p < size; p++) data[p] = pictures.data[j * size + p] - pictures.data[i * size + p]
  return { ...pictures, n: 1, data }
}

export function isMissing(column: Column, row: number): boolean {
  return column.kind === 'category' ? column.values[row] === MISSING_LEVEL : !Number.isFinite(column.values[row])
}

export function cellText(column: Column, row: number): string {
  if (isMissing(column, row)) return 'missing'
  return column.kind === 'category' ? (column.levels[column.values[row]] ?? 'missing') : number(column.values[row])
}
