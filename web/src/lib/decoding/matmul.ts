/** y = x W' + b over many rows at once: the one product that decoding spends its time in. */

/** Rows of x (rows, inner) times rows of w (outs, inner) into y (rows, outs); sums are kept in double precision. */
export function matmul(
  x: Float32Array, rows: number, inner: number, w: Float32Array, outs: number, bias: Float32Array | null, y: Float32Array,
): void {
  let row = 0
  // Four rows by four outputs share their reads: eight numbers are fetched for sixteen products.
  for (; row + 4 <= rows; row += 4) {
    let out = 0
    for (; out + 4 <= outs; out += 4) fourByFour(x, row * inner, inner, w, out, outs, bias, y, row * outs)
    for (let r = row; out < outs && r < row + 4; r++) oneRow(x, r * inner, inner, w, out, outs, bias, y, r * outs)
  }
  for (; row < rows; row++) oneRow(x, row * inner, inner, w, 0, outs, bias, y, row * outs)
}

function fourByFour(
  x: Float32Array, x0: number, inner: number, w: Float32Array, out: number, outs: number, bias: Float32Array | null, y: Float32Array, y0: number,
): void {
  const x1 = x0 + inner
  const x2 = x1 + inner
  const x3 = x2 + inner
  const w0 = out * inner
  const w1 = w0 + inner
  const w2 = w1 + inner
  const w3 = w2 + inner
  let a00 = 0, a01 = 0, a02 = 0, a03 = 0
  let a10 = 0, a11 = 0, a12 = 0, a13 = 0
  let a20 = 0, a21 = 0, a22 = 0, a23 = 0
  let a30 = 0, a31 = 0, a32 = 0, a33 = 0
  for (let i = 0; i < inner; i++) {
    const p = x[x0 + i], q = x[x1 + i], r = x[x2 + i], s = x[x3 + i]
    let k = w[w0 + i]
    a00 += p * k; a10 += q * k; a20 += r * k; a30 += s * k
    k = w[w1 + i]
    a01 += p * k; a11 += q * k; a21 += r * k; a31 += s * k
    k = w[w2 + i]
    a02 += p * k; a12 += q * k; a22 += r * k; a32 += s * k
    k = w[w3 + i]
    a03 += p * k; a13 += q * k; a23 += r * k; a33 += s * k
  }
  const b0 = bias ? bias[out] : 0
  const b1 = bias ? bias[out + 1] : 0
  const b2 = bias ? bias[out + 2] : 0
  const b3 = bias ? bias[out + 3] : 0
  let at = y0 + out
  y[at] = a00 + b0; y[at + 1] = a01 + b1; y[at + 2] = a02 + b2; y[at + 3] = a03 + b3
  at += outs
  y[at] = a10 + b0; y[at + 1] = a11 + b1; y[at + 2] = a12 + b2; y[at + 3] = a13 + b3
  at += outs
  y[at] = a20 + b0; y[at + 1] = a21 + b1; y[at + 2] = a22 + b2; y[at + 3] = a23 + b3
  at += outs
  y[at] = a30 + b0; y[at + 1] = a31 + b1; y[at + 2] = a32 + b2; y[at + 3] = a33 + b3
}

function oneRow(
  x: Float32Array, x0: number, inner: number, w: Float32Array, first: number, outs: number, bias: Float32Array | null, y: Float32Array, y0: number,
): void {
  let out = first
  for (; out + 4 <= outs; out += 4) {
    const w0 = out * inner
    const w1 = w0 + inner
    const w2 = w1 + inner
    const w3 = w2 + inner
    let a = 0, b = 0, c = 0, d = 0
    for (let i = 0; i < inner; i++) {
      const p = x[x0 + i]
      a += p * w[w0 + i]; b += p * w[w1 + i]; c += p * w[w2 + i]; d += p * w[w3 + i]
    }
    y[y0 + out] = a + (bias ? bias[out] : 0)
    y[y0 + out + 1] = b + (bias ? bias[out + 1] : 0)
    y[y0 + out + 2] = c + (bias ? bias[out + 2] : 0)
    y[y0 + out + 3] = d + (bias ? bias[out + 3] : 0)
  }
  for (; out < outs; out++) {
    let a = bias ? bias[out] : 0
    for (let i = 0, at = out * inner; i < inner; i++) a += x[x0 + i] * w[at + i]
    y[y0 + out] = a
  }
}
