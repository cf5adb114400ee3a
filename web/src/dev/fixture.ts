/** A small made-up document, so that views can be looked at without Python.
 *
 * `npm run dev -- --port 5173`  then open http://localhost:5173/#view=map   (reloads as files change)
 * `npm run build:fixture`       writes build/fixture/index.html: open it from the disk, `#view=stress` and so on behind it
 * `?points=70000` makes as many real objects; `?empty` leaves out all answers, for the empty states.
 * A screen of it: `python3 src/dev/screen.py --view map --width 360 --dark --out map.png`.
 */
import type { Change, ExplainedPatch, Page, Pictures, Plane, Points, Space, StressTest } from '../lib/types'
import { Decoder } from '../lib/program'

const SIDE = 8
const CELLS = SIDE * SIDE

/** Numbers in [0, 1) that are the same every time (mulberry32). */
export function chances(seed: number): () => number {
  let now = seed >>> 0
  return () => {
    now = (now + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(now ^ (now >>> 15), now | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
function normals(n: number, seed: number): Float32Array {
  const chance = chances(seed)
  return Float32Array.from({ length: n }, () => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance()))
}
const exceedanceOf = (a: number, b: number) => Math.exp(-(a * a + b * b) / 2)
const supportOf = (a: number, b: number) => {
  const far = Math.hypot(a, b)
  return far < 2 ? 0 : far < 2.7 ? 1 : far < 3.4 ? 2 : 3
}
const outcomeOf = (a: number, b: number) => 1 / (1 + Math.exp(-(1.6 * a - 0.8 * b + 0.4 * a * b)))

function decoder(): NonNullable<Space['decoder']> {
  /** (outputs, inputs) */
  const basis = new Float32Array(2 * CELLS)
  const bias = new Float32Array(CELLS)
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const [p, q] = [(x - 3.5) / 3.5, (y - 3.5) / 3.5]
      bias[y * SIDE + x] = 2.2 - 5 * Math.abs(Math.hypot(p, q) - 0.62) * 2
      basis[2 * (y * SIDE + x)] = 2.2 * p
      basis[2 * (y * SIDE + x) + 1] = -2 * (q * q - 0.4) - 1.2 * q
    }
  }
  return {
    program: {
      inputs: 2, outputs: CELLS,
      steps: [
        { op: 'linear', out: 'logits', in: ['z', 'basis', 'bias'], shape: [CELLS] },
        { op: 'sigmoid', out: 'cells', in: ['logits'], shape: [CELLS] },
      ],
      constants: { basis: { shape: [CELLS, 2], data: basis }, bias: { shape: [CELLS], data: bias } },
      agreement: { largest: 2e-6, places: 1000 },
    },
    recipe: { kind: 'raster', height: SIDE, width: SIDE, channels: 1 },
  }
}

function drawn(u: Float32Array): Pictures {
  const { program, recipe } = decoder()
  const decoding = new Decoder(program, recipe)
  const n = u.length / 2
  const cells = decoding.cells(u, n)
  return { kind: 'raster', n, height: SIDE, width: SIDE, channels: 1, data: Uint8Array.from(cells, (cell) => Math.round(255 * cell)) }
}

function points(n: number): Points {
  const u = normals(2 * n, 1)
  const at = (i: number) => [u[2 * i], u[2 * i + 1]] as const
  const rows = Array.from({ length: n }, (_, i) => i)
  const exceedance = Float32Array.from(rows, (i) => exceedanceOf(...at(i)))
  const pictured = Uint32Array.from(rows.filter((i) => i % Math.max(1, Math.round(n / 150)) === 0))
  const y = Float32Array.from(rows, (i) => outcomeOf(...at(i)))
  return {
    which: `${n} of ${n} fitted objects`, n, ids: rows.map((i) => (i === 5 ? '=cmd|<b>five</b>' : `object-${i}`)), u,
    std: new Float32Array(2 * n).fill(0.18), exceedance,
    lower: exceedance.map((p) => p * 0.7), upper: exceedance.map((p) => Math.min(1, p * 1.35)),
    support: Uint8Array.from(rows, (i) => supportOf(...at(i))),
    columns: [
      { kind: 'category', name: 'quarter', role: 'label', unit: '', levels: ['north-east', 'north-west', 'south-west', '<i>south-east</i>'], values: Uint16Array.from(rows, (i) => (at(i)[0] > 0 ? (at(i)[1] > 0 ? 0 : 3) : at(i)[1] > 0 ? 1 : 2)) },
      { kind: 'number', name: 'score', role: 'outcome', unit: '', values: y, spread: 0.3 },
      { kind: 'number', name: 'ink', role: 'feature', unit: 'cells', values: Float32Array.from(rows, (i) => (i % 17 === 3 ? NaN : 20 + 4 * at(i)[1])), spread: 4 },
      { kind: 'category', name: 'batch', role: 'column', unit: '', levels: ['first', 'second'], values: Uint16Array.from(rows, (i) => (i % 29 === 1 ? 65535 : i % 2)) },
    ],
    pictured, pictures: drawn(Float32Array.from([...pictured].flatMap((i) => [...at(i)]))),
  }
}

function plane(): Plane {
  const grid = <T>(side: number, make: (a: number, b: number) => T): T[] =>
    Array.from({ length: side * side }, (_, i) => make(-4 + (8 * (i % side)) / (side - 1), 4 - (8 * Math.floor(i / side)) / (side - 1)))
  const quantiles = Float32Array.from({ length: 30 }, (_, i) => quantile((i + 0.5) / 30))
  const y = (side: number) => Float32Array.from(grid(side, outcomeOf))
  return {
    id: 'whole', name: 'the whole space', origin: Float32Array.of(0, 0), across: Float32Array.of(1, 0), up: Float32Array.of(0, 1),
    words: { left: 'open to the right', right: 'open to the left', down: 'flat', up: 'tall' },
    reach: 4, whole: true, quantiles: { across: quantiles, up: quantiles },
    support: { side: 41, labels: Uint8Array.from(grid(41, supportOf)) },
    outcomes: [{ name: 'score', side: 33, y: y(33), error: y(33).map((v) => 0.05 + 0.1 * v), low: 0, high: 1 }],
    atlas: null,
  }
}

/** The normal quantile, by bisection: enough for a fixture. */
function quantile(share: number): number {
  const below = (x: number) => {
    let sum = 0
    for (let i = 0; i < 400; i++) sum += (Math.exp(-((((i + 0.5) / 400) * x) ** 2) / 2) * x) / 400
    return 0.5 + sum / Math.sqrt(2 * Math.PI)
  }
  let [low, high] = [-5, 5]
  for (let i = 0; i < 30; i++) below((low + high) / 2) < share ? (low = (low + high) / 2) : (high = (low + high) / 2)
  return (low + high) / 2
}

function space(n: number): Space {
  const knots = Float32Array.from({ length: 60 }, (_, i) => 1.838 + i * 0.2)
  const log = knots.map((knot) => -(knot - 1.838))
  const circle = (radius: number) => Float32Array.from({ length: 24 }, (_, i) => radius * (i % 2 ? Math.sin : Math.cos)((2 * Math.PI * Math.floor(i / 2)) / 12))
  const shell = (exceedance: number) => {
    const u = circle(Math.sqrt(-2 * Math.log(exceedance)))
    const at = Array.from({ length: 12 }, (_, i) => [u[2 * i], u[2 * i + 1]] as const)
    return {
      name: `1 in ${Math.round(1 / exceedance).toLocaleString('en')}`, exceedance, u, support: Uint8Array.from(at, ([a, b]) => supportOf(a, b)), pictures: drawn(u),
      y: { score: Float32Array.from(at, ([a, b]) => outcomeOf(a, b)) }, acceptance: 0.42, refused: '',
    }
  }
  const rows = (shift: number) => [0.1, 0.01, 0.001].map((claimed) => ({
    claimed, actual: claimed * shift, count: Math.round(5000 * claimed * shift), objects: 5000, low: claimed * shift * 0.8, high: claimed * shift * 1.25,
    verdict: shift > 1.5 ? 'more often than claimed' : 'agrees',
  }))
  return {
    id: 'rings', name: 'rings', latent: 2, live: [0, 1], fitted: 20000, method: 'vae',
    whitening: { mean: Float32Array.of(0, 0), factor: Float32Array.of(1, 0, 0, 1) },
    law: { kind: 'gaussian', arrays: {}, table: { at: Float32Array.of(0, 30), surprise: Float32Array.of(0, 30) } },
    calibration: {
      knots, log_probability: log, log_lower: log.map((v) => v - 0.2), log_upper: log.map((v) => Math.min(0, v + 0.2)), floor: 2e-4, count: 5000, confidence: 0.9,
      few_beyond: 8, none_beyond: 10,
    },
    decoder: decoder(), planes: [plane()], points: points(n),
    ruler: { pairs: Float32Array.from({ length: 101 }, (_, i) => 2 * Math.sqrt(-Math.log(1 - Math.min(0.999, i / 100)))), neighbour: 0.15, again: 0.3, refits: false },
    shells: [shell(0.1), shell(0.01), shell(0.001), { name: '1 in 100,000', exceedance: 1e-5, u: new Float32Array(0), support: new Uint8Array(0), pictures: null, y: {}, acceptance: null, refused: 'No object as unusual as that was seen: 5,000 objects reach to 1 in 500.' }],
    audit: { rows: rows(1.05), statement: 'Claimed and actual exceedance agree on 5,000 objects that neither fit nor calibration saw.', others: [{ name: 'next year', rows: rows(2.1) }] },
    gate: null,
  }
}

function change(): Change {
  const [a, b] = [[-1, -0.5], [1.2, 0.8]]
  const along = Array.from({ length: 9 }, (_, i) => a.map((from, k) => from + ((b[k] - from) * i) / 8))
  const pictures = drawn(Float32Array.from([...a, ...along.flat(), ...b]))
  const shade = (k: number) => Array.from(pictures.kind === 'raster' ? pictures.data.subarray(k * CELLS, (k + 1) * CELLS) : [], (v) => v / 255)
  return {
    space: 'rings', a: { id: 'object-0', picture: 0, support: 'SUPPORTED' }, b: { id: 'object-7', picture: 10, support: 'SUPPORTED' },
    distance: 2.56, distance_interval: [2.3, 2.8], percentile: 71, interval: [66, 76], verdict: 'LARGE', words: 'Larger than 71% of the differences between random pairs.',
    stability: 'The same in 3 of 3 refits.',
    features: [
      { name: 'ink', before: 18, after: 23.2, change: 5.2, moved: true }, { name: 'width', before: 6, after: 6.1, change: 0.1, moved: false },
    ],
    pictures,
    path: {
      route: 'straight', at: Float32Array.from({ length: 9 }, (_, i) => i / 8), exceedance: Float32Array.from(along, ([p, q]) => exceedanceOf(p, q)),
      support: Uint8Array.from(along, ([p, q]) => supportOf(p, q)), y: { score: Float32Array.from(along, ([p, q]) => outcomeOf(p, q)) },
    },
    edits: null, difference: { height: SIDE, width: SIDE, data: Float32Array.from(shade(10), (v, i) => v - shade(0)[i]) },
  }
}

function patch(): ExplainedPatch {
  const estimate = (value: number) => ({ value, low: value - 0.08, high: value + 0.08, p_value: 0.003 })
  return {
    space: 'rings', id: 'patch 1', outcome: 'score', centre: Float32Array.of(0.5, 0.2), radius: 0.8, y: 0.62, statement: 'score rises with ink here.', withheld: '',
    r_squared: 0.93, linear: true,
    effects: [
      { feature: 'ink', on_manifold: estimate(0.31), direct: estimate(0.28), raw: estimate(0.35), entangled: [] },
      { feature: 'width', on_manifold: estimate(0.02), direct: null, raw: estimate(0.2), entangled: ['ink'] },
    ],
    unusual: ['More ink than 90% of objects.'], support: 'SUPPORTED', members: 84,
  }
}

function stress(): StressTest {
  const tails = ['high', 'low']
  const levels = tails.flatMap((tail, t) => [0.1, 0.01, 0.001].map((exceedance, l) => ({
    tail, level: `1 in ${1 / exceedance}`, exceedance, scenarios: 400, y: t ? 0.4 - 0.15 * l : 0.6 + 0.13 * l, y_low: 0.3, y_high: 0.95, hits: 4 + 30 * l, rate: 0.01 + 0.075 * l,
    rate_low: 0.004 + 0.06 * l, rate_high: 0.02 + 0.09 * l, support: { SUPPORTED: 300 - 140 * l, RARE_OBSERVED: 80 + 20 * l, EXTRAPOLATED: 20 + 90 * l, UNSUPPORTED: 30 * l },
  })))
  const [tail, level, u] = [[] as number[], [] as number[], [] as number[]]
  for (let t = 0; t < 2; t++) for (let l = 0; l < 3; l++) for (let i = 0; i < 6; i++) {
    const radius = Math.sqrt(-2 * Math.log([0.1, 0.01, 0.001][l]))
    const angle = (t ? Math.PI : 0) + (i - 2.5) * 0.25
    tail.push(t)
    level.push(l)
    u.push(radius * Math.cos(angle), radius * Math.sin(angle))
  }
  const rows = tail.map((_, i) => [u[2 * i], u[2 * i + 1]] as const)
  return {
    space: 'rings', outcome: 'score', rule: 'score above 0.9', referee: 'a second classifier', words: 'Far out to the right the score is above 0.9 in 16% of scenarios.', levels,
    shown: {
      tail: Uint8Array.from(tail), level: Uint8Array.from(level), exceedance: Float32Array.from(rows, ([a, b]) => exceedanceOf(a, b)), support: Uint8Array.from(rows, ([a, b]) => supportOf(a, b)),
      y: Float32Array.from(rows, ([a, b]) => outcomeOf(a, b)), kind: rows.map(([a, b]) => (outcomeOf(a, b) > 0.9 ? 'model failure' : '')), nearest: rows.map((_, i) => `object-${i}`), u: Float32Array.from(u),
    },
    tails, pictures: drawn(Float32Array.from(u)),
    responses: tails.map((name, t) => ({
      tail: name, at: Float32Array.from({ length: 13 }, (_, i) => i / 3), y: Float32Array.from({ length: 13 }, (_, i) => outcomeOf((t ? -1 : 1) * (i / 3), 0)),
      low: Float32Array.from({ length: 13 }, (_, i) => outcomeOf((t ? -1 : 1) * (i / 3), 0) - 0.04), high: Float32Array.from({ length: 13 }, (_, i) => outcomeOf((t ? -1 : 1) * (i / 3), 0) + 0.04),
      words: 'y keeps moving outwards.',
    })),
    kinds: { 'model failure': 61, 'changed class': 20, unjudged: 3 }, findings: [{ words: 'Wide objects at 1 in 1,000: 16% above 0.9.', rate: 0.16, low: 0.12, high: 0.2, scenarios: 400 }],
    failure: { estimate: 0.0031, low: 0.0024, high: 0.004, calls: 4000, words: 'The score of about 1 in 320 objects is above 0.9.', real: 'Among 5,000 real objects: 17.' },
    worst: [{ id: 'object-3', y: 0.4, worst_y: 0.93, distance: 0.9, words: 'Within 0.9 sd the score reaches 0.93.', broke: true }], worst_pictures: drawn(Float32Array.of(0, 0, 0.9, 0.1)),
    notes: ['Scenarios beyond 1 in 1,000 were not asked for.'],
  }
}

/** The document. */
export function fixture(wanted: { points?: number; empty?: boolean } = {}): Page {
  const answers = !wanted.empty
  const first = space(wanted.points ?? 300)
  return {
    format: 'gausscape-page', version: 1, title: 'Rings', subtitle: `A made-up space of 20,000 rings of 8 by 8 cells; ${first.points.n.toLocaleString('en')} are shown.`,
    made: { gausscape: '0.0.0', date: '2026-01-01', command: 'gausscape page rings.space --out site' },
    spaces: [first, { ...without(first), id: 'atlas', name: 'rings, no decoder' }],
    changes: answers ? [change()] : [], patches: answers ? [patch()] : [],
    ledgers: answers ? [{
      space: 'rings', outcome: 'score', patches: 40, coverage: 0.83, words: 'ink raises score in most of the space.',
      entries: [
        { feature: 'ink', verdict: 'GLOBAL', statement: 'ink raises score.', positive: 33, negative: 2, undecided: 5, share: 0.94, share_low: 0.82, net_to_gross: 0.9, p_value: 1e-5, reasons: [] },
        { feature: 'width', verdict: 'WITHHELD', statement: 'No verdict.', positive: 9, negative: 8, undecided: 23, share: null, share_low: null, net_to_gross: 0.06, p_value: null, reasons: ['undecided in 23 of 40 patches'] },
      ],
      claims: [{ feature: 'ink', upheld: true, words: '"More ink, higher score" holds in 33 of 35 decided patches.' }],
    }] : [],
    stress: answers ? [stress()] : [],
    about: [{ title: 'The space', rows: [['Objects fitted', '20,000'], ['Latent axes', '2 of 2 live']], words: 'A made-up space.' }], notes: answers ? ['The fixture is made up.'] : [], live: null,
  }
}

/** The same space as a page carries it where the decoder cannot be written as a program. */
function without(whole: Space): Space {
  const [first] = whole.planes
  const side = 21
  const u = Float32Array.from({ length: 2 * side * side }, (_, i) => {
    const place = i >> 1
    return i % 2 ? 4 - (8 * Math.floor(place / side)) / (side - 1) : -4 + (8 * (place % side)) / (side - 1)
  })
  return { ...whole, decoder: null, planes: [{ ...first, atlas: { side, pictures: drawn(u) } }] }
}
