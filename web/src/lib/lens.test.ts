import { describe, expect, it } from 'vitest'
import { lensCells, stepIn, tellingColumns } from './lens'

describe('the cells of a lens', () => {
  it('lie inside the circle, symmetric, the centre among them where the side is odd', () => {
    for (const side of [5, 7, 9]) {
      const cells = lensCells(side, 2)
      expect(cells.every((cell) => Math.hypot(cell.across, cell.up) <= 1)).toBe(true)
      expect(cells.some((cell) => cell.across === 0 && Math.abs(cell.up) === 0)).toBe(true)
      expect(cells.length).toBeGreaterThan((Math.PI / 4) * side * side - side)
      for (const cell of cells) expect(cells.some((other) => Math.abs(other.across + cell.across) < 1e-9 && Math.abs(other.up + cell.up) < 1e-9)).toBe(true)
    }
    expect(lensCells(9, 2)[0].up).toBeGreaterThan(0)
  })
  it('are one row in a space of one axis', () => expect(lensCells(9, 1).every((cell) => cell.row === 0 && cell.up === 0)).toBe(true))
})

describe('keys', () => {
  const cells = lensCells(7, 2)
  it('lead to the neighbour and back, and stay inside', () => {
    for (let i = 0; i < cells.length; i++) {
      const right = stepIn(cells, i, 'ArrowRight')
      if (right !== i) expect(stepIn(cells, right, 'ArrowLeft')).toBe(i)
      for (const key of ['ArrowUp', 'ArrowDown', 'Home', 'End', 'x']) expect(cells[stepIn(cells, i, key)]).toBeDefined()
    }
  })
})

describe('columns that tell', () => {
  const row = (...texts: string[]) => ({ kind: 'rows' as const, names: ['a', 'b', 'c'], texts })
  it('are those that differ, not those that are the same', () => {
    expect(tellingColumns([row('x', '1', 'p'), row('x', '2', 'p'), row('x', '2', 'q'), null], 2)).toEqual([1, 2])
    expect(tellingColumns([row('x', '1', 'p')], 2)).toEqual([])
    expect(tellingColumns([], 2)).toEqual([])
  })
})
