import { expect, it } from 'vitest'
import { inFourDigits, interpolate, pictureOf, spanInWords, textOf } from './recipe'

it.each([
  [1234567, '1,234,567'], [0.5, '0.5'], [0, '0'], [-1234.5678, '-1,235'], [12.3456, '12.35'], [0.00123456, '0.001235'], [0.00001234, '1.234e-05'],
  [1.5e12, '1.5e+12'], [-7, '-7'], [99.999, '100'], [1234.4, '1,234'],
])('tells %d as Python does', (value, text) => {
  expect(inFourDigits(value)).toBe(text)
})

it('interpolates between knots, over steps too, and holds the ends', () => {
  const [knots, values] = [[0, 1, 1, 3], [0, 10, 20, 40]]
  expect([-1, 0.5, 1, 2, 9].map((x) => interpolate(x, knots, values))).toEqual([0, 5, 10, 30, 40])
})

it('finds texts, levels, gaps, dates and spans', () => {
  const cells = Float32Array.of(0.9, 0.2, 0.7, 0.1, 1.4)
  const text = { name: 'a', how: 'text', at: 0, knots: Float32Array.of(0, 1), texts: ['no', 'yes'] } as const
  const ask = (column: Parameters<typeof textOf>[0]) => textOf(column, cells, 0)
  expect(ask({ ...text, texts: [...text.texts] })).toBe('yes')
  expect(ask({ name: 'b', how: 'choice', at: 1, levels: ['x', 'y', 'z'] })).toBe('y')
  const inner = { ...text, texts: [...text.texts] }
  expect(ask({ name: 'c', how: 'when', when: 2, above: true, otherwise: 'missing', inner })).toBe('missing')
  expect(ask({ name: 'c', how: 'when', when: 3, above: true, otherwise: 'missing', inner })).toBe('yes')
  const number = { name: 'd', how: 'number', at: 4, knots: [1, 2], values: [100, 200], prefix: '', suffix: ' m' } as const
  expect(ask({ ...number, knots: [1, 2], values: [100, 200], digits: 0 })).toBe('140 m')
  const day = 86_400_000_000
  const date = { name: 'e', how: 'date', at: 4, knots: [1, 2], values: [0, 10], origin: 19_000 * day, step: day, weekday: null, hour: null } as const
  expect(ask({ ...date, knots: [1, 2], values: [0, 10], minute: 0, within: null, fine: day, low: 0, high: 1e17 })).toBe('2022-01-12')
  expect(spanInWords(day + 3_723_000_001)).toBe('1 day, 1:02:03.000001')
  expect(spanInWords(-60_000_000)).toBe('-1 day, 23:59:00')
})

it('draws pixels in the steps that their type has', () => {
  const cells = Float32Array.of(9, 0.2, 0.6, -1)
  const draw = (levels: number | null) => pictureOf({ kind: 'raster', height: 1, width: 3, channels: 1, levels }, cells, 1)
  expect(draw(null)).toMatchObject({ data: Uint8Array.of(51, 153, 0) })
  expect(draw(1)).toMatchObject({ data: Uint8Array.of(0, 255, 0) })
})
