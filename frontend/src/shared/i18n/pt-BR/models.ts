import type { Catalogue } from '../en'
import { count } from './count'

export const models: Pick<Catalogue, 'models'> = {
  models: {
    title: 'Modelos',
    versions: (n) => count(n, 'versão', 'versões'),
    noneLive: 'nenhuma versão em produção',
    try: 'Experimentar no Showroom',
    promote: 'Pôr em produção',
    promoteQuestion: (n) => `Pôr a versão ${n} em produção?`,
    promoteDetail:
      'A partir daí ela responde no Showroom, e disparos que não nomeiam versão a usam. O caminho de volta é o mesmo.',
    force: 'Mesmo assim',
    signature: (n) => `O que a versão ${n} recebe`,
    inputs: 'Entradas',
    input: 'Entrada',
    type: 'Tipo',
    values: 'Na amostra',
    mayBeMissing: 'Pode faltar',
    runtime: 'Runtime',
    file: 'Arquivo',
    trainedWith: 'Treinado com',
    warnings: 'Avisos',
  },
}
