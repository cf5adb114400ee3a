/** Steps that mix the numbers of a row: products, convolutions, normalisations, softmax. */
import type { Step } from '../types'
import { matmul } from './matmul'
import type { Run, Value } from './values'
import { sizeOf } from './values'

function linear(_: Step, [x, w, bias]: Value[], out: Value): Run {
  const inner = w.shape[1]
  const outs = w.shape[0]
  const parts = x.size / inner
  return (rows) => matmul(x.data, rows * parts, inner, w.data, outs, bias?.data ?? null, out.data)
}

/** (x - mean) / sqrt(variance + eps) over runs of neighbours, then a scale and a shift each. */
function standardise(x: Float32Array, at: number, many: number, eps: number): [mean: number, scale: number] {
  let sum = 0
  for (let i = at; i < at + many; i++) sum += x[i]
  const mean = sum / many
  let squares = 0
  for (let i = at; i < at + many; i++) squares += (x[i] - mean) ** 2
  return [mean, 1 / Math.sqrt(squares / many + eps)]
}

function layerNorm(step: Step, [x, weight, bias]: Value[], out: Value): Run {
  const many = weight.size
  const eps = step.eps as number
  return (rows) => {
    for (let at = 0; at < rows * x.size; at += many) {
      const [mean, scale] = standardise(x.data, at, many, eps)
      for (let i = 0; i < many; i++) out.data[at + i] = (x.data[at + i] - mean) * scale * weight.data[i] + bias.data[i]
    }
  }
}

function groupNorm(step: Step, [x, weight, bias]: Value[], out: Value): Run {
  const groups = step.groups as number
  const eps = step.eps as number
  const channels = x.shape[0]
  const many = x.size / groups
  const pixels = x.size / channels
  return (rows) => {
    for (let row = 0; row < rows; row++) {
      for (let group = 0; group < groups; group++) {
        const at = row * x.size + group * many
        const [mean, scale] = standardise(x.data, at, many, eps)
        for (let i = 0; i < many; i++) {
          const channel = Math.floor((group * many + i) / pixels)
          out.data[at + i] = (x.data[at + i] - mean) * scale * weight.data[channel] + bias.data[channel]
        }
      }
    }
  }
}

function softmax(logarithms: boolean) {
  return (step: Step, [x]: Value[], out: Value): Run => {
    const axis = step.axis as number
    const many = x.shape[axis]
    const stride = sizeOf(x.shape.slice(axis + 1))
    return (rows) => {
      for (let run = 0; run < (rows * x.size) / many; run++) {
        const first = Math.floor(run / stride) * stride * many + (run % stride)
        let highest = -Infinity
        for (let i = 0; i < many; i++) highest = Math.max(highest, x.data[first + i * stride])
        let sum = 0
        for (let i = 0; i < many; i++) sum += Math.exp(x.data[first + i * stride] - highest)
        for (let i = 0; i < many; i++) {
          const at = first + i * stride
          out.data[at] = logarithms ? x.data[at] - highest - Math.log(sum) : Math.exp(x.data[at] - highest) / sum
        }
      }
    }
  }
}

/** Height and width of (channels, width) or (channels, height, width). */
function sides(shape: readonly number[]): [height: number, width: number] {
  return [shape.length === 3 ? shape[1] : 1, shape[shape.length - 1]]
}

function convolution(step: Step, [x, w, bias]: Value[], out: Value): Run {
  const [down, right] = step.stride as number[]
  const [up, left] = step.padding as number[]
  const [tall, wide] = step.dilation as number[]
  const groups = step.groups as number
  const [height, width] = sides(x.shape)
  const [high, broad] = sides(out.shape)
  const [outs, inner, kernelHigh, kernelBroad] = w.shape
  const share = outs / groups
  const reach = inner * kernelHigh * kernelBroad
  const places = high * broad
  // What each output sees, side by side, makes of a convolution one product.
  const seen = new Float32Array(places * reach)
  const found = new Float32Array(places * share)
  const weights = Array.from({ length: groups }, (_, g) => w.data.subarray(g * share * reach, (g + 1) * share * reach))
  const shifts = Array.from({ length: groups }, (_, g) => bias?.data.subarray(g * share, (g + 1) * share) ?? null)
  const from = new Int32Array(places * reach).fill(-1)
  for (let place = 0, at = 0; place < places; place++) {
    for (let channel = 0; channel < inner; channel++) {
      for (let ky = 0; ky < kernelHigh; ky++) {
        for (let kx = 0; kx < kernelBroad; kx++, at++) {
          const row = Math.floor(place / broad) * down - up + ky * tall
          const column = (place % broad) * right - left + kx * wide
          if (row >= 0 && row < height && column >= 0 && column < width) from[at] = (channel * height + row) * width + column
        }
      }
    }
  }
  return (rows) => {
    for (let row = 0; row < rows; row++) {
      for (let group = 0; group < groups; group++) {
        const start = row * x.size + group * inner * height * width
        for (let i = 0; i < from.length; i++) seen[i] = from[i] < 0 ? 0 : x.data[start + from[i]]
        matmul(seen, places, reach, weights[group], share, shifts[group], found)
        for (let channel = 0; channel < share; channel++) {
          const at = row * out.size + (group * share + channel) * places
          for (let place = 0; place < places; place++) out.data[at + place] = found[place * share + channel]
        }
      }
    }
  }
}

function convolutionTransposed(step: Step, [x, w, bias]: Value[], out: Value): Run {
  const [down, right] = step.stride as number[]
  const [up, left] = step.padding as number[]
  const [tall, wide] = step.dilation as number[]
  const groups = step.groups as number
  const [height, width] = sides(x.shape)
  const [high, broad] = sides(out.shape)
  const [channels, share, kernelHigh, kernelBroad] = w.shape
  const inner = channels / groups
  const reach = share * kernelHigh * kernelBroad
  const places = height * width
  // Each input paints a kernel: turned weights give all strokes in one product, which are then laid onto the answer.
  const turned = Array.from({ length: groups }, (_, group) => {
    const weights = new Float32Array(reach * inner)
    for (let channel = 0; channel < inner; channel++) {
      for (let i = 0; i < reach; i++) weights[i * inner + channel] = w.data[(group * inner + channel) * reach + i]
    }
    return weights
  })
  const lit = new Float32Array(places * inner)
  const strokes = new Float32Array(places * reach)
  const to = new Int32Array(places * reach).fill(-1)
  for (let place = 0, at = 0; place < places; place++) {
    for (let channel = 0; channel < share; channel++) {
      for (let ky = 0; ky < kernelHigh; ky++) {
        for (let kx = 0; kx < kernelBroad; kx++, at++) {
          const row = Math.floor(place / width) * down - up + ky * tall
          const column = (place % width) * right - left + kx * wide
          if (row >= 0 && row < high && column >= 0 && column < broad) to[at] = (channel * high + row) * broad + column
        }
      }
    }
  }
  const sums = new Float64Array(share * high * broad)
  return (rows) => {
    for (let row = 0; row < rows; row++) {
      for (let group = 0; group < groups; group++) {
        for (let channel = 0; channel < inner; channel++) {
          const at = row * x.size + (group * inner + channel) * places
          for (let place = 0; place < places; place++) lit[place * inner + channel] = x.data[at + place]
        }
        matmul(lit, places, inner, turned[group], reach, null, strokes)
        for (let channel = 0; channel < share; channel++) {
          sums.fill(bias?.data[group * share + channel] ?? 0, channel * high * broad, (channel + 1) * high * broad)
        }
        for (let i = 0; i < to.length; i++) if (to[i] >= 0) sums[to[i]] += strokes[i]
        out.data.set(sums, row * out.size + group * sums.length)
      }
    }
  }
}

export const LAYERS: Record<string, (step: Step, given: Value[], out: Value) => Run> = {
  linear,
  layer_norm: layerNorm,
  group_norm: groupNorm,
  softmax: softmax(false),
  log_softmax: softmax(true),
  conv: convolution,
  conv_transposed: convolutionTransposed,
}
