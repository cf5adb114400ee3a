import { describe, expect, it } from 'vitest'
import { erf } from './decoding/pointwise'
import { matmul } from './decoding/matmul'
import { Decoder } from './program'
import { fromQuantised } from './quantised'
import type { Program, Step, Tensor } from './types'

const RECIPE = { kind: 'raster', height: 1, width: 1, channels: 1 } as const

function tensor(shape: number[], data: number[]): Tensor {
  return { shape, data: Float32Array.from(data) }
}

/** The answer of some steps to rows of z, row by row. */
function answer(steps: Step[], rows: number[][], constants: Record<string, Tensor> = {}): number[][] {
  const outputs = (steps[steps.length - 1].shape as number[]).reduce((product, side) => product * side, 1)
  const program: Program = { inputs: rows[0].length, outputs, steps, constants, agreement: { largest: 0, places: 0 } }
  const cells = new Decoder(program, RECIPE).cells(Float32Array.from(rows.flat()), rows.length)
  return rows.map((_, k) => Array.from(cells.subarray(k * outputs, (k + 1) * outputs)))
}

function close(found: number[][], wanted: number[][]): void {
  expect(found.length).toBe(wanted.length)
  found.forEach((row, k) => row.forEach((value, i) => expect(value).toBeCloseTo(wanted[k][i], 5)))
}

const ROWS = [[1, 2, 3, 4], [-1, 0, 1, 5]]

describe('pointwise', () => {
  const cases: [string, Record<string, unknown>, (x: number) => number][] = [
    ['silu', {}, (x) => x / (1 + Math.exp(-x))],
    ['relu', {}, (x) => Math.max(0, x)],
    ['leaky_relu', { slope: 0.3 }, (x) => (x > 0 ? x : 0.3 * x)],
    ['elu', { alpha: 1.5, scale: 1.1, input_scale: 1 }, (x) => 1.1 * (x > 0 ? x : 1.5 * Math.expm1(x))],
    ['softplus', { beta: 1, threshold: 20 }, (x) => Math.log1p(Math.exp(x))],
    ['gelu', { approximate: 'none' }, (x) => 0.5 * x * (1 + erf(x / Math.SQRT2))],
    ['sigmoid', {}, (x) => 1 / (1 + Math.exp(-x))],
    ['clamp', { low: 0, high: null }, (x) => Math.max(0, x)],
    ['power', { exponent: 3 }, (x) => x ** 3],
  ]
  it.each(cases)('%s', (op, settings, f) => {
    close(answer([{ op, out: 'a', in: ['z'], shape: [4], ...settings }], ROWS), ROWS.map((row) => row.map(f)))
  })

  it('knows the error function', () => {
    expect(erf(0.5)).toBeCloseTo(0.5204998778, 9)
    expect(erf(-2)).toBeCloseTo(-0.9953222650, 9)
    expect(erf(3.5)).toBeCloseTo(0.9999992569, 9)
  })

  it('repeats a constant over the rows and a side of one over an axis', () => {
    const steps: Step[] = [
      { op: 'reshape', out: 'a', in: ['z'], shape: [2, 2] },
      { op: 'mul', out: 'b', in: ['a', 'c'], shape: [2, 2] },
      { op: 'sub', out: 'd', in: ['one', 'b'], shape: [2, 2] },
    ]
    close(answer(steps, ROWS, { c: tensor([2, 1], [10, 100]), one: tensor([], [1]) }), [[-9, -19, -299, -399], [11, 1, -99, -499]])
  })

  it('chooses where a condition holds', () => {
    const steps: Step[] = [
      { op: 'gt', out: 'a', in: ['z', 'two'], shape: [4] },
      { op: 'where', out: 'b', in: ['a', 'z', 'two'], shape: [4] },
    ]
    close(answer(steps, ROWS, { two: tensor([], [2]) }), [[2, 2, 3, 4], [2, 2, 2, 5]])
  })
})

describe('arrangement', () => {
  const square: Step = { op: 'reshape', out: 'a', in: ['z'], shape: [2, 2] }
  it.each<[string, Step, number[]]>([
    ['permute', { op: 'permute', out: 'b', in: ['a'], shape: [2, 2], axes: [1, 0] }, [1, 3, 2, 4]],
    ['slice', { op: 'slice', out: 'b', in: ['a'], shape: [2, 1], axis: 1, start: 1, step: 1 }, [2, 4]],
    ['take', { op: 'take', out: 'b', in: ['a', 'turned'], shape: [2, 2], axis: 0 }, [3, 4, 1, 2]],
    ['pad', { op: 'pad', out: 'b', in: ['a'], shape: [2, 4], before: [0, 1], after: [0, 1], value: 9 }, [9, 1, 2, 9, 9, 3, 4, 9]],
    ['concat', { op: 'concat', out: 'b', in: ['a', 'turned2'], shape: [2, 3], axis: 1 }, [1, 2, 7, 3, 4, 8]],
    ['sum', { op: 'sum', out: 'b', in: ['a'], shape: [2], axes: [0] }, [4, 6]],
    ['amax', { op: 'amax', out: 'b', in: ['a'], shape: [2, 1], axes: [1] }, [2, 4]],
    ['softmax', { op: 'softmax', out: 'b', in: ['a'], shape: [2, 2], axis: 1 }, [0.26894, 0.73106, 0.26894, 0.73106]],
    ['layer_norm', { op: 'layer_norm', out: 'b', in: ['a', 'ones', 'zeros'], shape: [2, 2], axes: 1, eps: 0 }, [-1, 1, -1, 1]],
    ['group_norm', { op: 'group_norm', out: 'b', in: ['a', 'ones', 'zeros'], shape: [2, 2], groups: 2, eps: 0 }, [-1, 1, -1, 1]],
  ])('%s', (_, step, wanted) => {
    const constants = {
      turned: tensor([2], [1, 0]), turned2: tensor([2, 1], [7, 8]), ones: tensor([2], [1, 1]), zeros: tensor([2], [0, 0]),
    }
    close(answer([square, step], [ROWS[0]], constants), [wanted])
  })
})

describe('convolution', () => {
  const line: Step = { op: 'reshape', out: 'a', in: ['z'], shape: [1, 4] }
  const sides = { stride: [1, 2], padding: [0, 1], dilation: [1, 1], groups: 1 }

  it('slides along a line', () => {
    const step: Step = { op: 'conv', out: 'b', in: ['a', 'w', 'shift'], shape: [1, 2], ...sides }
    const constants = { w: tensor([1, 1, 1, 3], [1, 10, 100]), shift: tensor([1], [0.5]) }
    close(answer([line, step], [ROWS[0]], constants), [[210.5, 432.5]])
  })

  it('is the adjoint when transposed', () => {
    const down: Step = { op: 'conv', out: 'b', in: ['a', 'w'], shape: [2, 2], ...sides }
    const up: Step = { op: 'conv_transposed', out: 'b', in: ['a', 'w'], shape: [1, 4], ...sides }
    const constants = { w: tensor([2, 1, 1, 3], [1, -2, 3, 0.5, 4, -1]) }
    const x = [1, 2, -3, 4]
    const y = [2, -1, 0.5, 3]
    const [cx] = answer([line, down], [x], constants)
    const [cty] = answer([{ ...line, shape: [2, 2] }, up], [y], constants)
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0)
    expect(dot(cx, y)).toBeCloseTo(dot(x, cty), 4)
  })
})

describe('products', () => {
  it('gives the same in blocks and row by row', () => {
    const [rows, inner, outs] = [11, 7, 10]
    const x = Float32Array.from({ length: rows * inner }, (_, i) => Math.sin(i))
    const w = Float32Array.from({ length: outs * inner }, (_, i) => Math.cos(3 * i))
    const bias = Float32Array.from({ length: outs }, (_, i) => i)
    const whole = new Float32Array(rows * outs)
    matmul(x, rows, inner, w, outs, bias, whole)
    for (let row = 0; row < rows; row++) {
      const one = new Float32Array(outs)
      matmul(x.subarray(row * inner, (row + 1) * inner), 1, inner, w, outs, bias, one)
      expect(Array.from(whole.subarray(row * outs, (row + 1) * outs))).toEqual(Array.from(one))
    }
  })

  it('reads weights from byte planes, a step for each row', () => {
    const planes = { shape: [2, 2], step: Float32Array.of(0.5, 2), low: Uint8Array.of(0, 1, 2, 88), high: Uint8Array.of(0, 0, 0, 2) }
    expect(Array.from(fromQuantised(planes))).toEqual([0, -0.5, 2, 600])
    expect(Array.from(fromQuantised({ ...planes, high: null }))).toEqual([0, -0.5, 2, 88])
  })
})

it('refuses an operation of another version', () => {
  expect(() => answer([{ op: 'convolve_backwards', out: 'a', in: ['z'], shape: [4] }], ROWS)).toThrow(/another version/)
})

it('decodes more rows than fit one batch', () => {
  const rows = Array.from({ length: 300 }, (_, k) => [k])
  const found = answer([{ op: 'add', out: 'a', in: ['z', 'one'], shape: [1] }], rows, { one: tensor([], [1]) })
  expect(found.map(([value]) => value)).toEqual(rows.map(([k]) => k + 1))
})
