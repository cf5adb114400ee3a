import { describe, expect, it } from 'vitest'
import { diverging, extent, MISSING, nameColour, packed, pointColours, ramp, rarity, rarityShare, raster, scaleOf, sequential, supportColour, type Rgb } from './colour'

const luminance = ([r, g, b]: Rgb) => [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
const contrast = (x: Rgb, y: Rgb) => {
  const [low, high] = [luminance(x), luminance(y)].sort((p, q) => p - q)
  return (high + 0.05) / (low + 0.05)
}
const NIGHT: Rgb = [11, 16, 38]

describe('ramps', () => {
  it('begin and end where they say, and hold beyond', () => {
    const grey = ramp('#000000', '#808080', '#ffffff')
    expect(grey(0)).toEqual([0, 0, 0])
    expect(grey(0.25)).toEqual([64, 64, 64])
    expect(grey(2)).toEqual([255, 255, 255])
    expect(grey(-1)).toEqual(grey(0))
    expect(grey(NaN)).toEqual(grey(0))
  })
  it('for magnitudes grow in brightness all the way', () => {
    for (const each of [raster, sequential, rarity(true)]) {
      const steps = Array.from({ length: 21 }, (_, i) => luminance(each(i / 20)))
      expect(steps).toEqual([...steps].sort((x, y) => x - y))
    }
  })
  it('for y with a middle are least colourful there', () => {
    const colourful = (colour: Rgb) => Math.max(...colour) - Math.min(...colour)
    for (const dark of [true, false]) {
      const each = diverging(dark)
      expect(colourful(each(0.5))).toBeLessThan(colourful(each(0)))
      expect(colourful(each(0.5))).toBeLessThan(colourful(each(1)))
    }
  })
})

it('names and support labels stand out from what they are drawn on', () => {
  for (let level = 0; level < 12; level++) expect(contrast(nameColour(level, true), NIGHT)).toBeGreaterThan(3)
  for (let label = 0; label < 4; label++) {
    expect(contrast(supportColour(label, true), [19, 26, 35])).toBeGreaterThan(4.5)
    expect(contrast(supportColour(label, false), [255, 255, 255])).toBeGreaterThan(4.5)
  }
})

describe('scales', () => {
  it('of a probability run from 0 to 1 about one half', () => {
    expect(scaleOf(0.1, 0.9, false, 'outcome')).toMatchObject({ low: 0, high: 1, middle: 0.5 })
    expect(scaleOf(0.05, 0.2, false, 'outcome').middle).toBeNull()
    expect(scaleOf(-3, 5, false, 'outcome')).toMatchObject({ low: -3, high: 5, middle: null })
  })
  it('of one value have room', () => {
    const scale = scaleOf(2, 2, false, 'number')
    expect(scale.high).toBeGreaterThan(scale.low)
    expect(scale.of(2).every(Number.isFinite)).toBe(true)
  })
  it('of rarity end at 1 in 10,000', () => {
    expect([1, 0.01, 1e-4, 1e-9, 0].map(rarityShare)).toEqual([-0, 0.5, 1, 1, 1])
  })
})

it('extent passes over what is not finite', () => {
  expect(extent([NaN, 3, -Infinity, 1, Infinity])).toEqual([1, 3])
  expect(extent([NaN])).toEqual([0, 1])
})

it('points without a value get no colour, and equal values equal colours', () => {
  const numbers = pointColours({ kind: 'number', name: '', role: 'feature', unit: '', spread: 1, values: Float32Array.of(1, NaN, 1, 4) }, true)
  expect(numbers[1]).toBe(0)
  expect(numbers[0]).toBe(numbers[2])
  expect(numbers[0]).not.toBe(numbers[3])
  const names = pointColours({ kind: 'category', name: '', role: 'label', unit: '', levels: ['x', 'y'], values: Uint16Array.of(0, 1, MISSING) }, true)
  expect(Array.from(names)).toEqual([packed(nameColour(0, true)), packed(nameColour(1, true)), 0])
})
