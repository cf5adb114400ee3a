/** At which places inside a circle is it enlarged, and how does one walk among them by keys? */

import type { Single } from './pictures'

export interface LensCell {
  row: number
  column: number
  /** Place in units of the radius, up is up. */
  across: number
  up: number
}

/** The cells of a side x side grid whose middles lie inside the unit circle, row 0 at the top; one row where there is one axis. */
export function lensCells(side: number, axes: 1 | 2): LensCell[] {
  const cells: LensCell[] = []
  const at = (i: number) => (2 * i + 1) / side - 1
  for (let row = 0; row < (axes === 1 ? 1 : side); row++) {
    for (let column = 0; column < side; column++) {
      const [across, up] = [at(column), axes === 1 ? 0 : -at(row)]
      if (Math.hypot(across, up) <= 1) cells.push({ row, column, across, up })
    }
  }
  return cells
}

const STEPS: Record<string, [number, number]> = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }

/** The cell that a key leads to from cell i; i itself where nothing lies there or the key means nothing. */
export function stepIn(cells: LensCell[], i: number, key: string): number {
  if (key === 'Home') return 0
  if (key === 'End') return cells.length - 1
  const step = STEPS[key]
  const from = cells[i]
  if (!step || !from) return i
  const found = cells.findIndex((cell) => cell.row === from.row + step[0] && cell.column === from.column + step[1])
  return found < 0 ? i : found
}

/** The columns of rows whose text differs most often from the commonest one, at most so many, in their own order. */
export function tellingColumns(rows: (Single | null)[], most: number): number[] {
  const known = rows.filter((row): row is Extract<Single, { kind: 'rows' }> => row?.kind === 'rows')
  if (!known.length) return []
  const odd = known[0].names.map((_, column) => {
    const counts = new Map<string, number>()
    for (const row of known) counts.set(row.texts[column], (counts.get(row.texts[column]) ?? 0) + 1)
    // Text that is another one in every cell, as long numbers are, tells no more than one that splits them in half.
    return { column, differ: Math.min(known.length - Math.max(...counts.values()), known.length / 2) }
  })
  return odd
    .filter(({ differ }) => differ > 0)
    .sort((one, other) => other.differ - one.differ || one.column - other.column)
    .slice(0, most)
    .map(({ column }) => column)
    .sort((one, other) => one - other)
}
