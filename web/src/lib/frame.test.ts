import { describe, expect, it } from 'vitest'
import { fixture } from '../dev/fixture'
import { evenAxis, Frame, placeOf, project, quantileAxis, WHOLE, within, zoomAt } from './frame'

const [space] = fixture().spaces
const [plane] = space.planes

describe('axes', () => {
  for (const [name, axis] of [['even', evenAxis(4)], ['by probability', quantileAxis(plane.quantiles.across)]] as const) {
    it(`${name}: rise, and go there and back`, () => {
      let before = -Infinity
      for (let value = -3.9; value <= 3.9; value += 0.1) {
        const share = axis.share(value)
        expect(share).toBeGreaterThan(before)
        before = share
        expect(axis.value(share)).toBeCloseTo(value, 4)
      }
    })
  }
  it('by probability hold the k-th of 30 quantiles at (k + 1/2) / 30', () => {
    const axis = quantileAxis(plane.quantiles.across)
    plane.quantiles.across.forEach((value, k) => expect(axis.share(value)).toBeCloseTo((k + 0.5) / 30, 6))
  })
})

describe('a frame', () => {
  it('goes from places to pixels and back, whatever the pane', () => {
    for (const spacing of ['sd', 'probability'] as const) {
      for (const pane of [WHOLE, within({ x: 0.3, y: 0.8, zoom: 5 })]) {
        const frame = new Frame(plane, spacing, pane, 600)
        expect(frame.a(frame.x(0.7))).toBeCloseTo(0.7, 5)
        expect(frame.b(frame.y(-1.2))).toBeCloseTo(-1.2, 5)
      }
    }
  })
  it('has up above down', () => {
    const frame = new Frame(plane, 'sd', WHOLE, 600)
    expect(frame.y(1)).toBeLessThan(frame.y(-1))
    expect(frame.x(1)).toBeGreaterThan(frame.x(-1))
  })
  it('keeps what is under the pointer while it zooms', () => {
    const pane = within({ x: 0.5, y: 0.5, zoom: 2 })
    const [before, after] = [new Frame(plane, 'sd', pane, 600), new Frame(plane, 'sd', zoomAt(pane, 1.7, 250, 400, 600), 600)]
    expect(after.a(250)).toBeCloseTo(before.a(250), 6)
    expect(after.b(400)).toBeCloseTo(before.b(400), 6)
  })
  it('never leaves the square', () => {
    expect(within({ x: -9, y: 9, zoom: 0.1 })).toEqual(WHOLE)
    expect(zoomAt(WHOLE, 1e9, 0, 0, 600).zoom).toBeLessThanOrEqual(64)
  })
})

it('projection undoes placing, on planes that are neither upright nor square', () => {
  const askew = { ...plane, origin: Float32Array.of(0.5, -1, 2), across: Float32Array.of(1, 0.5, 0), up: Float32Array.of(0.2, 1, 1) }
  const u = Float32Array.from([...placeOf(askew, 1.5, -0.5), ...placeOf(askew, -2, 0.25)])
  expect(Array.from(project(askew, u, 2), (value) => Math.round(1e4 * value) / 1e4)).toEqual([1.5, -0.5, -2, 0.25])
})
