import { expect, it } from 'vitest'
import { faultOf, NAME, runtimeOf } from './files'

it('knows by its name what a file is', () => {
  expect(runtimeOf('a.SKOPS')).toBe('skops')
  expect(runtimeOf('a.onnx')).toBe('onnx')
  expect(faultOf('model.joblib')).toBe('code')
  expect(faultOf('model.bin')).toBe('unknown')
  expect(faultOf('model.onnx')).toBeNull()
})

it('knows how a model may be named', () => {
  expect(['churn', 'a.b-c_1'].every((name) => NAME.test(name))).toBe(true)
  expect(['', '-a', 'a b', 'a/b', 'é'].some((name) => NAME.test(name))).toBe(false)
})
