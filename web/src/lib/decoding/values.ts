/** What the steps of a program work on: one flat array for the rows of a batch, or a constant that all rows share. */

export interface Value {
  /** Rows one after the other; a constant has one. */
  data: Float32Array
  /** Of one row. */
  shape: number[]
  size: number
  constant: boolean
}

/** Computes the first `rows` rows of a step's answer. */
export type Run = (rows: number) => void

export interface Made {
  value: Value
  run: Run | null
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1)
}

/** Room for a batch. */
export function room(shape: number[], batch: number): Value {
  const size = sizeOf(shape)
  return { data: new Float32Array(size * batch), shape, size, constant: false }
}

/** Where element i of an answer of that shape stands in a row of an operand that is repeated to it. */
export function spread(operand: Value, shape: readonly number[]): Int32Array {
  const lacking = shape.length - operand.shape.length
  if (lacking < 0 && operand.size > 1) throw new Error('An operand has more axes than its answer.')
  const strides = new Array<number>(shape.length).fill(0)
  let stride = 1
  for (let axis = shape.length - 1; axis >= Math.max(0, lacking); axis--) {
    const side = operand.shape[axis - lacking]
    if (side !== 1 && side !== shape[axis]) throw new Error('Operands of a program do not fit each other.')
    strides[axis] = side === 1 ? 0 : stride
    stride *= side
  }
  const size = sizeOf(shape)
  const index = new Int32Array(size)
  const place = new Array<number>(shape.length).fill(0)
  for (let i = 0, at = 0; i < size; i++) {
    index[i] = at
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]
      if (++place[axis] < shape[axis]) break
      at -= strides[axis] * shape[axis]
      place[axis] = 0
    }
  }
  return index
}
