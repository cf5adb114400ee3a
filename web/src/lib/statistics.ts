/** How far off may a mean or a share be, and which of many differences stand out? t and binomial intervals, false-discovery rate. */

/** Mean, its standard error, and how many values counted; NaN values are left out. */
export interface Mean {
  value: number
  error: number
  count: number
}

export function meanOf(values: ArrayLike<number>, rows?: ArrayLike<number>): Mean {
  let count = 0
  let mean = 0
  let square = 0
  const n = rows ? rows.length : values.length
  for (let i = 0; i < n; i++) {
    const value = values[rows ? rows[i] : i]
    if (!Number.isFinite(value)) continue
    count++
    const step = value - mean
    mean += step / count
    square += step * (value - mean)
  }
  return { value: count ? mean : NaN, error: count > 1 ? Math.sqrt(square / (count - 1) / count) : NaN, count }
}

/** Interval of a mean, by Student's t. */
export function meanInterval(mean: Mean, confidence = 0.9): [number, number] {
  const margin = mean.count > 1 ? studentQuantile((1 + confidence) / 2, mean.count - 1) * mean.error : NaN
  return [mean.value - margin, mean.value + margin]
}

/** Interval of a mean of numbers in [0, 1], which stays in there: that of a share among so many objects as have its error (Korn & Graubard 1998). */
export function shareMeanInterval(mean: Mean, confidence = 0.9): [number, number] {
  const { value, error, count } = mean
  if (count < 2 || !(value >= 0 && value <= 1)) return [NaN, NaN]
  const most = (1 + confidence) / 2
  // Numbers between 0 and 1 vary less than zeros and ones do: they tell as much as more objects would. Student's t for their error.
  const alike = error > 0 ? (value * (1 - value)) / error ** 2 : count
  const student = studentQuantile(most, 1000) / studentQuantile(most, count - 1)
  const n = Math.max(alike * (error > 0 ? student ** 2 : 1), 1)
  const [k, rest] = [value * n, (1 - value) * n]
  return [k > 0 ? Math.min(betaQuantile(1 - most, k, rest + 1), value) : 0, rest > 0 ? Math.max(betaQuantile(most, k + 1, rest), value) : 1]
}

/** P(|T| >= |t|) with so many degrees of freedom. */
export function studentTail(t: number, freedom: number): number {
  if (Number.isNaN(t) || freedom < 1) return NaN
  if (!Number.isFinite(t)) return 0
  return betaShare(freedom / (freedom + t * t), freedom / 2, 0.5)
}

export function studentQuantile(share: number, freedom: number): number {
  if (share === 0.5) return 0
  const tail = 2 * Math.min(share, 1 - share)
  const x = betaQuantile(tail, freedom / 2, 0.5)
  const t = Math.sqrt((freedom * (1 - x)) / x)
  return share < 0.5 ? -t : t
}

/** Interval of a share, k of n (Clopper & Pearson 1934). */
export function shareInterval(k: number, n: number, confidence = 0.9): [number, number] {
  const tail = (1 - confidence) / 2
  return [k > 0 ? betaQuantile(tail, k, n - k + 1) : 0, k < n ? betaQuantile(1 - tail, k + 1, n - k) : 1]
}

/** Twice the smaller tail of k hits among n, where each has probability p. */
export function shareTail(k: number, n: number, p: number): number {
  if (p <= 0) return k > 0 ? 0 : 1
  if (p >= 1) return k < n ? 0 : 1
  const atLeast = k > 0 ? betaShare(p, k, n - k + 1) : 1
  const atMost = k < n ? 1 - betaShare(p, k + 1, n - k) : 1
  return Math.min(1, 2 * Math.min(atLeast, atMost))
}

/** Which p-values stand out if at most a share `rate` of those may be false on average (Benjamini & Hochberg 1995). NaN never does. */
export function standOut(pValues: number[], rate = 0.1): boolean[] {
  const order = pValues.map((_, i) => i).filter((i) => Number.isFinite(pValues[i]))
  order.sort((i, j) => pValues[i] - pValues[j])
  let kept = 0
  order.forEach((i, rank) => {
    if (pValues[i] <= (rate * (rank + 1)) / order.length) kept = rank + 1
  })
  const chosen = new Set(order.slice(0, kept))
  return pValues.map((_, i) => chosen.has(i))
}

/** The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction. */
export function betaShare(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - betaShare(1 - x, b, a)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a
  const tiny = 1e-300
  let f = 1
  let c = 1
  let d = 0
  for (let i = 0; i <= 500; i++) {
    const m = i >> 1
    let term = 1
    if (i > 0) {
      term = i % 2 ? (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)) : (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    }
    d = 1 + term * d
    d = 1 / (Math.abs(d) < tiny ? tiny : d)
    c = 1 + term / c
    c = Math.abs(c) < tiny ? tiny : c
    f *= c * d
    if (Math.abs(1 - c * d) < 1e-12) break
  }
  return Math.min(1, front * (f - 1))
}

export function betaQuantile(share: number, a: number, b: number): number {
  let low = 0
  let high = 1
  for (let i = 0; i < 200 && high - low > 1e-16 * high; i++) {
    const middle = (low + high) / 2
    if (betaShare(middle, a, b) < share) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Lanczos's approximation, good to 1e-14. */
function logGamma(x: number): number {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
    9.9843695780195716e-6, 1.5056327351493116e-7,
  ]
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  let sum = 0.99999999999980993
  terms.forEach((term, i) => (sum += term / (x + i)))
  const t = x + terms.length - 1.5
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}
