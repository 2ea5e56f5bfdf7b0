import { count } from './count'

export const models = {
  models: {
    title: 'Models',
    versions: (n: number) => count(n, 'version', 'versions'),
    noneLive: 'no version is live',
    try: 'Try it in the Showroom',
    promote: 'Make it live',
    promoteQuestion: (n: number) => `Make version ${n} live?`,
    promoteDetail:
      'From then on it answers in the Showroom, and dispatches that name no version use it. The way back is the same.',
    force: 'All the same',
    signature: (n: number) => `What version ${n} takes`,
    inputs: 'Inputs',
    input: 'Input',
    type: 'Type',
    values: 'In the sample',
    mayBeMissing: 'May be missing',
    runtime: 'Runtime',
    file: 'File',
    trainedWith: 'Trained with',
    warnings: 'Warnings',
  },
}
