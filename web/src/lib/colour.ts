/** One colour scale for one meaning: cells of a picture, rarity, y, labels, support. */
import type { Column } from './types'

export type Rgb = [number, number, number]
/** A share in [0, 1] to a colour; shares beyond are held at the ends. */
export type Ramp = (share: number) => Rgb

const hex = (text: string): Rgb => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)) as Rgb
export const css = (colour: Rgb): string => `rgb(${colour.map(Math.round).join(' ')})`

/** Straight lines between colours that are evenly spaced. */
export function ramp(...stops: string[]): Ramp {
  const colours = stops.map(hex)
  return (share) => {
    const at = Math.min(1, Math.max(0, Number.isNaN(share) ? 0 : share)) * (colours.length - 1)
    const below = Math.min(colours.length - 2, Math.floor(at))
    const rest = at - below
    return colours[below].map((value, i) => value + rest * (colours[below + 1][i] - value)) as Rgb
  }
}

/** Cells of one channel: plasma on a deep navy, in both themes. */
export const raster = ramp(
  '#0b1026', '#1b0c5c', '#41049d', '#6a00a8', '#8f0da4', '#b12a90', '#cc4778', '#e16462', '#f2844b', '#fca636', '#fcce25', '#f0f921',
)
/** Rarity, from common to rare; darker is rarer on light paper, brighter on dark. */
export const rarity = (dark: boolean): Ramp =>
  dark
    ? ramp('#3a4a5c', '#3f6b8a', '#4a93ab', '#6dbfae', '#b7e3a1', '#fdf6b0')
    : ramp('#b9c7d6', '#86a9c9', '#5688b4', '#3a629a', '#2b3f78', '#1b1a4b')
/** y where a middle means something. */
export const diverging = (dark: boolean): Ramp =>
  dark
    ? ramp('#5aa9e6', '#3a7fb5', '#3d5468', '#525860', '#7d5a3a', '#c07a35', '#f2a65a')
    : ramp('#0b5394', '#4b8bbf', '#a9cbe2', '#e9e9e6', '#f3c79b', '#d98a3d', '#9c4a00')
/** y, or any number, without a middle. */
export const sequential: Ramp = ramp('#440154', '#414487', '#2a788e', '#22a884', '#7ad151', '#fde725')

/** Names without order: Okabe and Ito's colours, then three more; beyond them grey. */
const NAMES_LIGHT = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#cc79a7', '#56b4e9', '#b8a900', '#3b3b3b', '#7a4fb5', '#8c5a2b']
const NAMES_DARK = ['#4aa3df', '#f0b429', '#2fc39b', '#f2793b', '#e39cc4', '#8fd0f5', '#f0e442', '#e8edf2', '#b59aea', '#c79a6b']
export const NAMED = NAMES_LIGHT.length
export const MISSING = 65535

export function nameColour(level: number, dark: boolean): Rgb {
  const names = dark ? NAMES_DARK : NAMES_LIGHT
  return level < names.length ? hex(names[level]) : dark ? [110, 122, 134] : [150, 160, 170]
}

/** The colours of the figures (figures/style.py). */
const SUPPORT_LIGHT = ['#1f6aa5', '#0f7a63', '#a65a00', '#8f2f55']
const SUPPORT_DARK = ['#6fb1e8', '#58c9ab', '#f0a35e', '#ee8fb0']
export const supportColour = (label: number, dark: boolean): Rgb => hex((dark ? SUPPORT_DARK : SUPPORT_LIGHT)[label] ?? '#808080')

/** Share in [0, 1] of an exceedance: 0 for the commonest, 1 for 1 in 10,000 and rarer. */
export const rarityShare = (exceedance: number): number => Math.min(1, -Math.log10(Math.max(exceedance, 1e-4)) / 4)

/** How y, or another number, is coloured: its ramp, ends and middle. */
export interface Scale {
  ramp: Ramp
  low: number
  high: number
  middle: number | null
  of(value: number): Rgb
}
export function scaleOf(low: number, high: number, dark: boolean, meaning: 'outcome' | 'number'): Scale {
  // Within [0, 1] and on both sides of one half: a probability, whose middle means something.
  const probability = meaning === 'outcome' && low >= 0 && high <= 1 && low < 0.4 && high > 0.6
  const ends = probability ? [0, 1] : high > low ? [low, high] : [low - 0.5, low + 0.5]
  const chosen = probability ? diverging(dark) : sequential
  return {
    ramp: chosen,
    low: ends[0],
    high: ends[1],
    middle: probability ? 0.5 : null,
    of: (value) => chosen((value - ends[0]) / (ends[1] - ends[0])),
  }
}

/** Smallest and largest finite values; [0, 1] where there are none. */
export function extent(values: ArrayLike<number>): [number, number] {
  let low = Infinity
  let high = -Infinity
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value < low && value > -Infinity) low = value
    if (value > high && value < Infinity) high = value
  }
  return low <= high ? [low, high] : [0, 1]
}

/** One packed colour (0xAABBGGRR, as ImageData keeps it) for every point by a column; 0 where the value is missing. */
export function pointColours(column: Column, dark: boolean): Uint32Array {
  const n = column.values.length
  const colours = new Uint32Array(n)
  if (column.kind === 'category') {
    const table = column.levels.map((_, level) => packed(nameColour(level, dark)))
    for (let i = 0; i < n; i++) colours[i] = table[column.values[i]] ?? 0
    return colours
  }
  const [low, high] = extent(column.values)
  const scale = scaleOf(low, high, dark, column.role === 'outcome' ? 'outcome' : 'number')
  const table = tableOf(scale.ramp)
  for (let i = 0; i < n; i++) {
    const share = (column.values[i] - scale.low) / (scale.high - scale.low)
    colours[i] = Number.isFinite(share) ? table[Math.round(255 * Math.min(1, Math.max(0, share)))] : 0
  }
  return colours
}

export const packed = ([red, green, blue]: Rgb, alpha = 255): number =>
  ((alpha << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0

/** 256 packed colours along a ramp. */
export function tableOf(chosen: Ramp): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, i) => packed(chosen(i / 255)))
}
