/** The decoder of a space, run in the browser: a list of tensor operations on batches of latent points.
 *
 * A program has one input "z" (inputs), constants by name, and steps in order; the last step's answer are the cells. Shapes are those of one
 * object: the batch is an axis before them. Every step has `op`, `out`, `in` (names of values or constants), `shape` (of its answer)
 * and its own settings. What each operation means is told in `gausscape.page.program.running`, which computes the same in NumPy.
 */
import { MOVES, reduce } from './decoding/arrangement'
import { LAYERS } from './decoding/layers'
import { binary, unary, where } from './decoding/pointwise'
import type { Run, Value } from './decoding/values'
import { room, sizeOf } from './decoding/values'
import { fromQuantised } from './quantised'
import { pictureOf } from './recipe'
import type { Shown } from './recipe'
import type { Program, Recipe, Step } from './types'

const LARGEST_BATCH = 128
/** Numbers that the values of one batch may take together: 16 MB. */
const MOST_NUMBERS = 4_000_000

export class Decoder {
  private readonly constants = new Map<string, Value>()
  private readonly batch: number
  private runs: Run[] | null = null
  private input: Value | null = null
  private answer: Value | null = null

  constructor(readonly program: Program, readonly recipe: Recipe) {
    const numbers = program.steps.reduce((sum, step) => sum + sizeOf(step.shape as number[]), program.inputs)
    this.batch = Math.max(1, Math.min(LARGEST_BATCH, Math.floor(MOST_NUMBERS / numbers)))
  }

  /** Expected cells (n, outputs) at latent points z (n, inputs). */
  cells(z: Float32Array, n: number): Float32Array {
    const { inputs, outputs } = this.program
    const cells = new Float32Array(n * outputs)
    const runs = (this.runs ??= this.prepare())
    for (let start = 0; start < n; start += this.batch) {
      const rows = Math.min(this.batch, n - start)
      this.input!.data.set(z.subarray(start * inputs, (start + rows) * inputs))
      for (const run of runs) run(rows)
      cells.set(this.answer!.data.subarray(0, rows * outputs), start * outputs)
    }
    return cells
  }

  /** The picture of row k of cells. */
  picture(cells: Float32Array, k: number): Shown {
    return pictureOf(this.recipe, cells, k * this.program.outputs)
  }

  /** Room for all values, and what each step does with them; done once, at the first call. */
  private prepare(): Run[] {
    const values = new Map<string, Value>()
    const runs: Run[] = []
    this.input = this.answer = room([this.program.inputs], this.batch)
    values.set('z', this.input)
    for (const step of this.program.steps) {
      const given = step.in.map((name) => values.get(name) ?? this.constant(name))
      const { value, run } = make(step, given, this.batch)
      values.set(step.out, (this.answer = value))
      if (run) runs.push(run)
    }
    if (this.answer.size !== this.program.outputs) throw new Error('The program of this page gives another number of cells than it says.')
    return runs
  }

  private constant(name: string): Value {
    const known = this.constants.get(name)
    if (known) return known
    const rounded = this.program.quantised?.[name]
    const stored = rounded ?? this.program.constants[name]
    if (!stored) throw new Error(`The program of this page lacks the value ${name}.`)
    const data = rounded ? fromQuantised(rounded) : this.program.constants[name].data
    const value = { data, shape: stored.shape, size: data.length, constant: true }
    this.constants.set(name, value)
    return value
  }
}

/** Room for a step's answer and what fills it; a value in another shape shares its room. */
function make(step: Step, given: Value[], batch: number): { value: Value; run: Run | null } {
  const shape = step.shape as number[]
  if (step.op === 'reshape' && !given[0].constant) return { value: { ...given[0], shape }, run: null }
  const value = room(shape, batch)
  const run =
    unary(step, given, value) ??
    binary(step, given, value) ??
    (step.op === 'where' ? where(given, value) : null) ??
    reduce(step, given, value) ??
    (MOVES[step.op] ?? LAYERS[step.op])?.(step, given, value)
  if (!run) throw new Error(`This page knows no operation ${step.op}: it was written by another version.`)
  return { value, run }
}
