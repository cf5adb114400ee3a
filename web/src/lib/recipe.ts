/** From expected cells to a picture, and a number to its text as Python tells it. */
import type { Single } from './pictures'
import type { Recipe, RecipeColumn } from './types'

/** One picture of a Pictures kind, made here. */
export type Shown = Single

/** The picture of the cells that begin at a place. */
export function pictureOf(recipe: Recipe, cells: Float32Array, at: number): Shown {
  switch (recipe.kind) {
    case 'raster': {
      const { height, width, channels } = recipe
      const levels = recipe.levels ?? null
      const data = new Uint8Array(height * width * channels)
      for (let i = 0; i < data.length; i++) {
        const share = Math.min(1, Math.max(0, cells[at + i]))
        data[i] = Math.round(255 * (levels === null ? share : Math.round(share * levels) / levels))
      }
      return { kind: 'raster', height, width, channels, data }
    }
    case 'line': {
      const { time, channels, names, scale, shift, low, high, whole } = recipe
      const data = new Float32Array(time * channels)
      for (let i = 0; i < data.length; i++) {
        const c = i % channels
        const value = cells[at + i] * scale[c] + shift[c]
        data[i] = Math.min(high?.[c] ?? Infinity, Math.max(low?.[c] ?? -Infinity, whole ? Math.round(value) : value))
      }
      return { kind: 'line', time, channels, names, data }
    }
    case 'rows':
      return { kind: 'rows', names: recipe.columns.map((column) => column.name), texts: recipe.columns.map((column) => textOf(column, cells, at)) }
  }
}

/** What a column says. */
export function textOf(column: RecipeColumn, cells: Float32Array, at: number): string {
  switch (column.how) {
    case 'when': {
      const flag = cells[at + column.when]
      return (column.above ? flag > 0.5 : flag < 0.5) ? column.otherwise : textOf(column.inner, cells, at)
    }
    case 'choice': {
      const chosen = likeliest(cells, at + column.at, column.levels.length)
      return column.rare && chosen === column.levels.length - 1 ? textOf(column.rare, cells, at) : column.levels[chosen]
    }
    case 'text': {
      const x = cells[at + column.at]
      const knot = firstAbove(column.texts.length - 1, (k) => (column.knots[k] + column.knots[k + 1]) / 2 >= x)
      return column.texts[knot]
    }
    case 'date':
      return dateOf(column, cells, at)
    case 'duration':
      return spanInWords(Math.round(interpolate(cells[at + column.at], column.knots, column.values)) * column.step)
    case 'number': {
      const value = rounded(interpolate(cells[at + column.at], column.knots, column.values), column.digits)
      return `${column.prefix}${column.plain ? inFull(value) : inFourDigits(value)}${column.suffix}`
    }
  }
}

/** Which of so many cells is the largest. */
function likeliest(cells: Float32Array, at: number, many: number): number {
  let chosen = 0
  for (let k = 1; k < many; k++) if (cells[at + k] > cells[at + chosen]) chosen = k
  return chosen
}

const SECOND = 1_000_000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR

function dateOf(column: RecipeColumn & { how: 'date' }, cells: Float32Array, at: number): string {
  const { origin, step, weekday, hour, minute, within, fine, low, high } = column
  let instant = Math.round(interpolate(cells[at + column.at], column.knots, column.values)) * step + origin
  if (weekday !== null) {
    // Of the seven days around, the one that is such a day; 1 January 1970 was a Thursday.
    const turn = likeliest(cells, at + weekday, 7) - modulo(Math.floor(instant / DAY) + 3, 7)
    instant += (modulo(turn + 3, 7) - 3) * DAY
  }
  if (hour !== null) {
    instant += likeliest(cells, at + hour, 24) * HOUR
    const steps = within ? Math.round(interpolate(cells[at + within.at], within.knots, within.values)) : 0
    instant += within ? Math.min(Math.floor(HOUR / fine) - 1, Math.max(0, steps)) * fine : minute
  }
  instant = Math.min(high, Math.max(low, instant))
  const day = new Date(Math.floor(instant / DAY) * (DAY / 1000)).toISOString().slice(0, 10)
  const time = clock(modulo(instant, DAY), 2)
  return time === '00:00:00' ? day : `${day} ${time}`
}

/** A span of microseconds in days and hours, as Python writes it. */
export function spanInWords(span: number): string {
  const days = Math.floor(span / DAY)
  const time = clock(modulo(span, DAY), 1)
  return days === 0 ? time : `${days} day${Math.abs(days) === 1 ? '' : 's'}, ${time}`
}

function clock(time: number, digits: number): string {
  const two = (value: number, wide = 2) => String(value).padStart(wide, '0')
  const rest = time % SECOND
  const text = `${two(Math.floor(time / HOUR), digits)}:${two(Math.floor(time / (60 * SECOND)) % 60)}:${two(Math.floor(time / SECOND) % 60)}`
  return rest ? `${text}.${two(rest, 6)}` : text
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}

/** Linear between knots that ascend, held at the ends. */
export function interpolate(x: number, knots: ArrayLike<number>, values: ArrayLike<number>): number {
  const last = knots.length - 1
  if (!(x > knots[0])) return values[0]
  if (x >= knots[last]) return values[last]
  const right = firstAbove(last, (k) => knots[k] >= x)
  const gap = knots[right] - knots[right - 1]
  const share = gap > 0 ? (x - knots[right - 1]) / gap : 1
  return values[right - 1] + share * (values[right] - values[right - 1])
}

/** Smallest k in [0, end) of which it is true, and for all after it; `end` if of none. */
export function firstAbove(end: number, isTrue: (k: number) => boolean): number {
  let low = 0
  let high = end
  while (low < high) {
    const middle = (low + high) >> 1
    if (isTrue(middle)) high = middle
    else low = middle + 1
  }
  return low
}

/** A number as rows tell it: four digits, thousands apart, whole numbers whole. */
export function inFourDigits(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return inScientific(value)
  if (Number.isInteger(value)) return grouped(String(size), value < 0)
  const decimals = Math.max(0, 3 - Math.floor(Math.log10(size)))
  const text = size.toFixed(decimals)
  return grouped(decimals ? text.replace(/0+$/, '').replace(/\.$/, '') : text, value < 0)
}

function grouped(text: string, negative: boolean): string {
  const [whole, decimals] = text.split('.')
  return `${negative ? '-' : ''}${whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')}${decimals ? `.${decimals}` : ''}`
}

/** Four digits and an exponent of at least two digits, as C's %.4g writes it. */
function inScientific(value: number): string {
  const [digits, exponent] = value.toExponential(3).split('e')
  const size = Math.abs(Number(exponent))
  const short = digits.includes('.') ? digits.replace(/0+$/, '').replace(/\.$/, '') : digits
  return `${short}e${exponent.startsWith('-') ? '-' : '+'}${String(size).padStart(2, '0')}`
}

function inFull(value: number): string {
  return String(Number(value.toPrecision(15)))
}

/** To so many decimals, halves to even as NumPy does; negative for as it is. */
function rounded(value: number, digits: number): number {
  if (digits < 0 || !Number.isFinite(value)) return value
  const factor = 10 ** digits
  const scaled = value * factor
  const floor = Math.floor(scaled)
  const rest = scaled - floor
  const whole = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor
  return whole / factor
}
