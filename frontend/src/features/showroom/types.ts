import type { Schemas } from '@/shared/api/client'

export type Input = Schemas['InputField']
export type Version = Schemas['Version']
export type Scalar = string | number | boolean | null
export type Case = Record<string, Scalar>

/** What each input contributes to an answer. */
export interface Explanation {
  method: string
  scale: string
  class?: string | number | boolean
  base: number
  contributions: Record<string, number>
}

/** The answer to one case. */
export interface Prediction {
  label?: string | number | boolean
  probabilities?: Record<string, number>
  value?: number
  values?: number[]
  explanation?: Explanation
}

export interface Answer {
  id: string
  model: string
  version: number
  predictions: Prediction[]
  seconds: Record<string, number>
}

export interface Question {
  model: string
  version: number
  cases: Case[]
  explain: boolean
}
