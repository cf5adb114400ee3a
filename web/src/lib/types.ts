/** What the page is given: one document, written by `gausscape page`, that knows no kind of data. Arrays arrive unpacked (see unpack.ts).
 *
 * Coordinates: `u` are whitened coordinates of a space (standard deviations of its aggregate law), d of them, one per live axis. Pictures are neutral:
 * raster, line, rows, node-link. Labels of support are numbers, see SUPPORT. Shapes stand in comments, row-major.
 */

export const SUPPORT = ['SUPPORTED', 'RARE_OBSERVED', 'EXTRAPOLATED', 'UNSUPPORTED'] as const

export interface Page {
  format: 'gausscape-page'
  version: 1
  title: string
  /** One sentence: what the data are, how many objects, which of them are shown. */
  subtitle: string
  made: { gausscape: string; date: string; command: string | null }
  /** The first is the one that the views begin with. */
  spaces: Space[]
  changes: Change[]
  patches: ExplainedPatch[]
  ledgers: Ledger[]
  stress: StressTest[]
  about: Section[]
  notes: string[]
  /** Address of a live model that answers beyond what is written here; null on a static page. */
  live: { url: string } | null
}

export interface Space {
  id: string
  name: string
  /** Number of all latent axes, and positions of the live ones. */
  latent: number
  live: number[]
  fitted: number
  method: string
  /** z_live = mean + factor u; dead axes stand at 0. mean (d), factor (d, d), lower triangular. */
  whitening: { mean: Float32Array; factor: Float32Array }
  law: Law
  calibration: Calibration
  /** The decoder as a program for the browser; null where the kind of data, or the network, cannot be written as one: then planes carry an atlas. */
  decoder: { program: Program; recipe: Recipe } | null
  planes: Plane[]
  points: Points
  /** Is that much? Distances of random held-out pairs at the percentiles 0 ... 100 (101), and two landmarks. */
  ruler: { pairs: Float32Array; neighbour: number; again: number | null; refits: boolean }
  shells: Shell[]
  audit: Audit
  /** Gates for codes off the planes: fitted codes (m, d) in u, and the mean distances to the 5 nearest at which a gate's p-value is .05 and .01. */
  gate: { codes: Float32Array; rare: number; unsupported: number } | null
}

export interface Law {
  kind: 'gaussian' | 'mixture' | 'flow'
  /** What `Law.state` stores of its own, by name, with shapes: mixture: weights, means, covariances; flow: order, weight_in, ... */
  arrays: Record<string, Tensor>
  /** surprise (nats) by -log density in whitened coordinates, ascending; linear in between and beyond. */
  table: { at: Float32Array; surprise: Float32Array }
}

export interface Tensor {
  shape: number[]
  data: Float32Array
}

/** log10-free: natural logarithms, as stored. Interpolated linearly in surprise; held at the ends. */
export interface Calibration {
  knots: Float32Array
  log_probability: Float32Array
  log_lower: Float32Array
  log_upper: Float32Array
  floor: number
  count: number
  confidence: number
  /** From this surprise on fewer than 10 calibration objects lie beyond, and from that on none. */
  few_beyond: number
  none_beyond: number
}

/** A list of tensor operations: see program.ts. */
export interface Program {
  inputs: number
  outputs: number
  steps: Step[]
  constants: Record<string, Tensor>
  /** Large constants, by name beside the others, rounded so that they compress: see quantised.ts. */
  quantised?: Record<string, Quantised>
  /** Largest difference of a cell to Python's, over the places where it was compared, and how many these were. */
  agreement: { largest: number; places: number }
}
/** A constant whose numbers were rounded to a step (one for all, or one a row): the number is the step times 0, -1, 1, -2, 2 ... for
 * the codes 0, 1, 2, 3, 4 ...; low and high bytes of the codes stand apart, and there is no high plane where all codes are below 256. */
export interface Quantised {
  shape: number[]
  step: Float32Array
  low: Uint8Array
  high: Uint8Array | null
}
export interface Step {
  op: string
  out: string
  in: string[]
  [setting: string]: unknown
}

/** How expected cells become a picture. */
export type Recipe =
  /** levels: steps from 0 to 1 that pixels are rounded to, where they are coarser than 255; null for none. */
  | { kind: 'raster'; height: number; width: number; channels: number; levels?: number | null }
  /** whole: numbers are rounded, before they are held within low and high. */
  | { kind: 'line'; time: number; channels: number; names: string[]; scale: Float32Array; shift: Float32Array; low: Float32Array | null; high: Float32Array | null; whole?: boolean }
  | { kind: 'rows'; columns: RecipeColumn[] }
export type RecipeColumn =
  /** Text of a number: interpolate `values` at cells[at] over `knots`, round to `digits` decimals (-1: not), and say it in four digits (or, if
   * plain, in all that it has) between prefix and suffix. Whole numbers too large for single precision come as plain lists. */
  | { name: string; how: 'number'; at: number; knots: Float32Array | number[]; values: Float32Array | number[]; digits: number; prefix: string; suffix: string; plain?: boolean }
  /** the level with the largest cell among [at, at + levels.length); where the last is taken and there is `rare`, what that says */
  | { name: string; how: 'choice'; at: number; levels: string[]; rare?: RecipeColumn }
  /** as 'number', but each knot has its text: the nearest knot's (the lower one's in the middle) */
  | { name: string; how: 'text'; at: number; knots: Float32Array; texts: string[] }
  /** An instant in microseconds since 1970: the number of `step`s that the table gives, after `origin`, moved to the likeliest of the 7 days of
   * the week at `weekday`, and to the likeliest of the 24 hours at `hour`, with `minute` or so many `fine` steps after it. */
  | {
      name: string; how: 'date'; at: number; knots: Float32Array | number[]; values: Float32Array | number[]; origin: number; step: number
      weekday: number | null; hour: number | null; minute: number; within: { at: number; knots: Float32Array | number[]; values: Float32Array | number[] } | null
      fine: number; low: number; high: number
    }
  /** so many `step`s of microseconds as the table gives */
  | { name: string; how: 'duration'; at: number; knots: Float32Array | number[]; values: Float32Array | number[]; step: number }
  /** if cells[when] < 0.5 (if `above`: > 0.5) then `otherwise`, else the inner column */
  | { name: string; how: 'when'; when: number; above?: boolean; otherwise: string; inner: RecipeColumn }

/** A two-dimensional section u = origin + a across + b up, a to the right, b upwards, both in standard deviations. In a space of one live axis `up` is null. */
export interface Plane {
  id: string
  name: string
  origin: Float32Array
  across: Float32Array
  up: Float32Array | null
  words: { left: string; right: string; down: string; up: string }
  /** Half the side of the square that the grids below span. */
  reach: number
  /** Whether the plane is the whole space. */
  whole: boolean
  /** Places of equal probability along each side: a and b of the columns (left to right) and rows (bottom to top) of the map's grid, 30 each. */
  quantiles: { across: Float32Array; up: Float32Array }
  /** Labels on a grid of side x side, row 0 at the top, corners included. */
  support: { side: number; labels: Uint8Array }
  outcomes: OutcomeField[]
  atlas: { side: number; pictures: Pictures } | null
}

export interface OutcomeField {
  name: string
  side: number
  /** y of the expected object (side, side), row 0 at the top; NaN where y failed. */
  y: Float32Array
  /** Standard deviation of y over what the code leaves open; null if not asked. */
  error: Float32Array | null
  low: number
  high: number
}

/** Real objects: in words, which. */
export interface Points {
  which: string
  n: number
  ids: string[]
  /** (n, d), and posterior standard deviations in units of u, (n, d), or null. */
  u: Float32Array
  std: Float32Array | null
  exceedance: Float32Array
  lower: Float32Array
  upper: Float32Array
  support: Uint8Array
  columns: Column[]
  /** Rows that have a picture, ascending, and the pictures in that order. */
  pictured: Uint32Array
  pictures: Pictures
}
export type Column = { name: string; role: 'label' | 'outcome' | 'feature' | 'column'; unit: string } & (
  | { kind: 'number'; values: Float32Array; spread: number }
  | { kind: 'category'; levels: string[]; values: Uint16Array }
) /* 65535 and NaN: missing; spread: standard deviation over the population, for differences */

export type Pictures =
  | { kind: 'raster'; n: number; height: number; width: number; channels: number; data: Uint8Array }
  | { kind: 'line'; n: number; time: number; channels: number; names: string[]; data: Float32Array }
  | { kind: 'rows'; n: number; names: string[]; texts: string[]; cells: Uint16Array } /* texts[cells[i * names.length + j]] */
  | { kind: 'node-link'; n: number; graphs: NodeLink[] }

export interface NodeLink {
  directed: boolean
  nodes: { id: string | number; x: number; y: number; label?: string; type?: number; status?: Status }[]
  edges: { source: string | number; target: string | number; label?: string; type?: number; width?: number; status?: Status }[]
  node_types?: string[]
  edge_types?: string[]
  note?: string
}
export type Status = 'same' | 'added' | 'removed' | 'retyped'

/** Objects drawn at one exceedance, from the centre outwards; `refused` says why there are none. */
export interface Shell {
  name: string
  exceedance: number | null
  u: Float32Array
  support: Uint8Array
  pictures: Pictures | null
  /** y of each, by outcome. */
  y: Record<string, Float32Array>
  acceptance: number | null
  refused: string
  /** Draws of this level that do not look like objects, and were left out: a few, where many were. */
  rejected?: Pictures | null
}

export interface Audit {
  rows: { claimed: number; actual: number; count: number; objects: number; low: number; high: number; verdict: string }[]
  statement: string
  /** The same on further data, by name. */
  others: { name: string; rows: Audit['rows'] }[]
}

export interface Change {
  space: string
  /** observed: whether the picture is the object's own; false where it is what its code decodes to, for the page was given no such object. */
  a: { id: string; picture: number; support: string; observed?: boolean }
  b: { id: string; picture: number; support: string; observed?: boolean }
  distance: number
  distance_interval: [number, number]
  percentile: number
  interval: [number, number]
  verdict: string
  words: string
  stability: string
  /** before and after in the feature's own units; `size`: the change in standard deviations over the population. */
  features: { name: string; before: number; after: number; change: number; moved: boolean; size?: number }[]
  /** Pictures of a, then of the places on the path, then of b; what is said of each place; y by outcome. */
  pictures: Pictures
  path: { route: string; at: Float32Array; exceedance: Float32Array; support: Uint8Array; y: Record<string, Float32Array> }
  /** Part by part, where objects have parts: edits in words, pictures of both with statuses. */
  edits: { aligned: string; edits: string[]; pictures: Pictures } | null
  /** b less a, cell by cell, for rasters (height * width), else null. */
  difference: { height: number; width: number; data: Float32Array } | null
}

export interface Estimate { value: number; low: number; high: number; p_value: number | null }
export interface Effect { feature: string; on_manifold: Estimate | null; direct: Estimate | null; raw: Estimate | null; entangled: string[] }

export interface ExplainedPatch {
  space: string
  id: string
  outcome: string
  centre: Float32Array
  radius: number
  y: number
  statement: string
  withheld: string
  r_squared: number
  linear: boolean
  effects: Effect[]
  /** What is unusual in the neighbourhood, in words. */
  unusual: string[]
  support: string
  members: number
}

export interface Ledger {
  space: string
  outcome: string
  patches: number
  coverage: number
  words: string
  entries: {
    feature: string; verdict: string; statement: string; positive: number; negative: number; undecided: number
    share: number | null; share_low: number | null; net_to_gross: number | null; p_value: number | null; reasons: string[]
  }[]
  claims: { feature: string; upheld: boolean; words: string }[]
}

export interface StressTest {
  space: string
  outcome: string
  rule: string
  referee: string
  words: string
  levels: {
    tail: string; level: string; exceedance: number | null; scenarios: number; y: number; y_low: number | null; y_high: number | null
    hits: number | null; rate: number | null; rate_low: number | null; rate_high: number | null; support: Record<string, number>
    /** Depth in standard deviations (median of the scenarios), share of draws that pass the gates, number judged, median y of the nearest real objects, why there are no scenarios. */
    depth?: number | null; acceptance?: number | null; judged?: number | null; real_y?: number | null; refused?: string
  }[]
  /** At most a dozen scenarios of each tail and level, with their pictures; rows of `shown`. */
  shown: { tail: Uint8Array; level: Uint8Array; exceedance: Float32Array; support: Uint8Array; y: Float32Array; kind: string[]; nearest: string[]; u: Float32Array
    /** Class that the model answers and class that the referee sees, "" where there is none or nobody was sure. */
    said?: string[]; judged?: string[]
  }
  tails: string[]
  pictures: Pictures
  responses: {
    tail: string; at: Float32Array; y: Float32Array; low: Float32Array | null; high: Float32Array | null; words: string
    /** By depth: calibrated exceedance, share that passes the support gates; and the depth of the outermost calibration object. */
    exceedance?: Float32Array; objects?: Float32Array; last_observed?: number | null
  }[]
  kinds: Record<string, number>
  /** elsewhere: share that fails outside the region. */
  findings: { words: string; rate: number; low: number; high: number; scenarios: number; elsewhere?: number | null }[]
  failure: { estimate: number; low: number; high: number; calls: number; words: string; real: string; contradictions?: string[]
    /** Share of these failures that still look like objects; failures among real objects with their 90% interval, and whether these fail "more" or "less" often than the estimate allows. */
    objects?: number | null
    observed?: { hits: number; n: number; low: number; high: number; contradicts: string } | null
  } | null
  /** Real objects of the page that hit the rule: how many of how many, which confusions (the commonest first), and some of them. */
  real_failures?: {
    asked: number; failed: number; pairs: { label: string; said: string; count: number }[]
    ids: string[]; said: string[]; label: string[]; y: Float32Array; pictures: Pictures | null
  } | null
  /** Worst cases: pictures of the object asked about and of the worst found, side by side. y_name: what y and worst_y are, where it is not `outcome`. */
  worst: { id: string; y_name?: string; y: number; worst_y: number; distance: number; words: string; broke: boolean; support?: string; kind?: string; hit?: boolean | null }[]
  worst_pictures: Pictures | null
  notes: string[]
}

export interface Section { title: string; rows: [string, string][]; words: string }
