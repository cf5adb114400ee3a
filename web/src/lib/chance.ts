/** How are probabilities, shares, counts and values of y said in words? */

/** "1 in 1,000"; where that reads badly (more than half, or 1 in 2.7) a percentage. Held-out counts never say "never". */
export function oneIn(p: number): string {
  if (!Number.isFinite(p)) return 'unknown'
  if (p <= 0) return '0'
  if (p > 0.5001) return percent(p)
  const many = 1 / p
  if (many < 9.5) {
    const whole = Math.round(many)
    return Math.abs(many / whole - 1) < 0.03 ? `1 in ${whole}` : percent(p)
  }
  if (many > 1e9) return 'less than 1 in 1,000,000,000'
  return `1 in ${grouped(significant(many, 2))}`
}

/** An interval of probabilities, the smaller first, both ends said alike: "1 in 1,400 to 1 in 500", "9% to 14%"; "at most 1 in 500" from nothing. */
export function oneInInterval(low: number, high: number): string {
  if (!Number.isFinite(low) && !Number.isFinite(high)) return 'unknown'
  if (!(low > 0)) return `at most ${oneIn(high)}`
  const ends = [oneIn(low), oneIn(high)]
  if (!ends.every((end) => end.startsWith('1 in'))) return percentInterval(low, high)
  return ends[0] === ends[1] ? ends[0] : `${ends[0]} to ${ends[1]}`
}

/** A share in as many digits as tell it from 0 and from 1: "62%", "0.12%", "99.9%". */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return 'unknown'
  if (share <= 0) return '0%'
  if (share >= 1) return '100%'
  if (share < 1e-6) return 'less than 0.0001%'
  if (share > 0.9999) return 'more than 99.99%'
  if (share >= 0.0995 && share < 0.995) return `${Math.round(100 * share)}%`
  if (share >= 0.995) return `${(100 * share).toFixed(share >= 0.9995 ? 2 : 1)}%`
  return `${Number((100 * share).toPrecision(2))}%`
}

/** An interval of shares: "18% to 68%". */
export function percentInterval(low: number, high: number): string {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return 'unknown'
  return `${percent(low)} to ${percent(high)}`
}

/** A number with its noun: "1 object", "2,000 objects". */
export function counted(n: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(n)} ${n === 1 ? noun : plural}`
}

/** Thousands set apart, decimals kept as they are; the same in every browser whatever its language. */
export function grouped(value: number): string {
  const [whole = '0', decimals] = Math.abs(value) >= 1e21 ? [String(value)] : String(Math.abs(value)).split('.')
  const set = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return `${value < 0 ? minus : ''}${set}${decimals ? `.${decimals}` : ''}`
}

/** As many decimals as tell values apart over this range: two for a probability, none for tens of thousands. */
export function formatOver(values: Iterable<number | null>): (value: number | null) => string {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  const range = high > low ? high - low : Math.max(Math.abs(high), 1e-12)
  const decimals = Number.isFinite(range) ? Math.min(8, Math.max(0, 2 - Math.ceil(Math.log10(range) - 1e-9))) : 2
  return (value) => {
    if (value === null || !Number.isFinite(value)) return 'no answer'
    if (Math.abs(value) >= 1e15) return value.toExponential(2)
    const text = Math.abs(value).toFixed(decimals)
    const [whole = '0', rest] = text.split('.')
    const sign = value < 0 && Number(text) !== 0 ? minus : ''
    return `${sign}${whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')}${rest ? `.${rest}` : ''}`
  }
}

/** Three digits of one number, without an exponent for sizes of everyday life. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return 'unknown'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e7 || size < 1e-4) return value.toExponential(1).replace('e+', 'e').replace(/-/g, minus)
  return grouped(size >= 1000 ? Math.round(value) : Number(value.toPrecision(3)))
}

const minus = '\u2212'

function significant(value: number, digits: number): number {
  return Number(value.toPrecision(digits))
}
