import { describe, expect, it } from 'vitest'
import { format, parse, State } from './state.svelte'

describe('what the reader has chosen', () => {
  it('is the same after a way through the address', () => {
    const state = new State()
    state.set({ view: 'change', a: 1.25, b: -0.5, circle: [0.1, 0.2, 1], names: 'x & y=#+ü, <b>', points: true })
    const again = new State(`#${state.hash()}`)
    expect(again.text('view')).toBe('change')
    expect(again.number('a')).toBe(1.25)
    expect(again.numbers('circle', 3)).toEqual([0.1, 0.2, 1])
    expect(again.text('names')).toBe('x & y=#+ü, <b>')
    expect(again.flag('points')).toBe(true)
    expect(again.hash()).toBe(state.hash())
  })
  it('begins with the view, and has one order', () => {
    const [first, second] = [new State(), new State()]
    first.set({ zoom: 1, view: 'map', a: 2 })
    second.set({ a: 2, zoom: 1, view: 'map' })
    expect(first.hash()).toBe('view=map&a=2&zoom=1')
    expect(second.hash()).toBe(first.hash())
  })
  it('leaves a key out when it is emptied', () => {
    const state = new State('#a=1&b=2')
    state.set({ a: null, b: '' })
    state.set('c', undefined)
    state.set('d', NaN)
    expect(state.hash()).toBe('')
  })
  it('falls back where an address holds nonsense', () => {
    const state = new State('#a=fish&b=Infinity&circle=1,x,3&short=1,2&%E0%A4=1&=3&&__proto__=5&constructor=6')
    expect(state.number('a', 7)).toBe(7)
    expect(state.number('b', 7)).toBe(7)
    expect(state.numbers('circle')).toBeNull()
    expect(state.numbers('short', 3)).toBeNull()
    expect(state.text('toString')).toBe('')
    expect(state.text('constructor')).toBe('6')
  })
  it('keeps four decimals', () => {
    const state = new State()
    state.set('a', 1 / 3)
    expect(state.hash()).toBe('a=0.3333')
  })
})

it('parse and format are each other\'s inverse', () => {
  const values = new Map(Object.entries({ view: 'map', odd: 'a=b&c', list: '1,2,3', unicode: 'naïve ✓' }))
  expect(parse(format(values))).toEqual(values)
})
