/** What do the words of this page mean, what is not claimed, and which keys does it know? */

export interface Term {
  word: string
  meaning: string
}

export const LABELS: Term[] = [
  { word: 'SUPPORTED', meaning: 'Enough data stand behind it: at least 10 held-out objects lie as far out or further, and every check of likeness to the data passes at .05.' },
  { word: 'RARE_OBSERVED', meaning: 'Seen, but seldom: 1 to 9 held-out objects lie as far out or further, or a check of likeness lies between .01 and .05.' },
  { word: 'EXTRAPOLATED', meaning: 'No held-out object lies so far out, yet it still looks like the data. What a model says here is no longer backed by observations.' },
  { word: 'UNSUPPORTED', meaning: 'It does not look like the data (a check below .01), or is rarer than can be certified. Its y is shown, and no probability is claimed.' },
]

export const TERMS: Term[] = [
  { word: 'space', meaning: 'A Gaussian latent space fitted to the data: an encoder places each object as a small cloud, a decoder makes objects from places, a law says how usual each place is.' },
  { word: 'exceedance', meaning: 'The probability that a new object is at least this unusual. Calibrated on held-out objects, so that 1 in 100 objects has an exceedance of 1 in 100 or less.' },
  { word: 'sd, distance', meaning: 'Standard deviations of the whole population in the space, all live axes taken together. What counts as far is told by the ruler: the same distances between random pairs of held-out objects.' },
  { word: 'live axis', meaning: 'A latent axis that carries information. The others are left out of every distance, law and draw.' },
  { word: 'y, the outcome', meaning: 'What the examined model says of an object: one number, such as a probability, a price or a score.' },
  { word: 'patch', meaning: 'A ball in the space around an object: everything that differs little from it.' },
  { word: 'effect', meaning: 'How much y changes for one standard deviation more of a feature within a patch: with what comes along, with others held, or the input alone.' },
  { word: 'net-to-gross', meaning: 'How much of all changes is left when those up and those down are set off against each other: 1 if all go one way, 0 if they cancel.' },
  { word: 'tail', meaning: 'Where objects are rare. Radial: unlike anything, in whatever direction. Towards a class or along a feature: this far that way, with a calibration of its own.' },
  { word: 'failure', meaning: 'What the failure rule of a stress test says: a bound on y, a wrong label, two models that disagree.' },
  { word: '90% interval', meaning: 'In nine of ten repetitions with new data such an interval holds the true value. It covers sampling and calibration, not a wrong kind of model.' },
]

export const LIMITS: string[] = [
  'No probability is claimed for UNSUPPORTED objects, nor below what the number of held-out objects can certify.',
  'Generated objects are pictures of the space, not observations. Look at the label of each before quoting its y.',
  'The worst case is the worst that a search found: a lower bound on the worst there is.',
  'A probability of failure rests on the shape of the fitted law; what the law or the decoder leaves out is not in its interval.',
  'Local effects say what the model does, not what would happen in the world if somebody changed the feature.',
  'UNDETERMINED means not shown. It never means that there is no effect.',
  'Probabilities were audited on data like those of the fit. On other data, audit again.',
]

export const KEYS: Term[] = [
  { word: '\u2190 \u2192', meaning: 'On the slider of the tails: one stop inwards or outwards.' },
  { word: 'Home, End', meaning: 'On the slider of the tails: the centre, and the furthest stop.' },
  { word: 'Arrows', meaning: 'On a plane: move the point or circle that has the focus, with Shift five times as far; else move the window.' },
  { word: '+ \u2212 0', meaning: 'On a plane: nearer, farther, the whole.' },
  { word: 'Tab, Enter, Space', meaning: 'Go from control to control; press the one that has the ring.' },
]

/** A citation of the software, with its version. */
export function citation(version: string, date: string): string {
  const year = /^\d{4}/.exec(date)?.[0]
  return `gausscape ${version}${year ? ` (${year})` : ''}. Calibrated Gaussian latent spaces for local change, explanation and stress tests. Computer software.`
}
