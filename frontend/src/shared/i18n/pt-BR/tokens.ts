import type { Catalogue } from '../en'

export const tokens: Pick<Catalogue, 'tokens'> = {
  tokens: {
    title: 'Tokens',
    list: 'O que deixa programas entrar',
    none: 'Nenhum token é aceito',
    noneDetail:
      'Um programa mostra um token para entrar: crie um para cada programa, com não mais do que ele precisa.',
    showEnded: 'Também os encerrados',
    make: 'Novo token',
    makeYes: 'Criar',
    nameHint: 'O programa que o usa: com este nome ele aparece nos registros e na auditoria.',
    token: 'Token',
    scope: 'Para',
    scopes: { all: 'tudo que o papel pode', predict: 'previsões' },
    scopeChoices: { all: 'Tudo que um papel pode', predict: 'Só previsões' },
    models: 'Modelos',
    modelsHint: 'Nenhum escolhido: todos.',
    used: 'Último uso',
    ends: 'Expira',
    made: 'Criado',
    lasts: 'Expira',
    lastsFor: {
      '30': 'em 30 dias',
      '90': 'em 90 dias',
      '365': 'em um ano',
      day: 'em um dia escolhido',
      ever: 'quando for revogado',
    },
    lastDay: 'O último dia',
    madeTitle: (name) => `O token ${name}`,
    madeDetail: 'Copie-o agora: ele aparece só desta vez e não fica guardado.',
    madeHow: 'Um programa o envia no cabeçalho Authorization: Bearer TOKEN.',
    revoke: 'Revogar',
    revokeQuestion: (name) => `Revogar ${name}?`,
    revokeDetail: 'Quem o mostrar é recusado na hora. Não há volta.',
  },
}
