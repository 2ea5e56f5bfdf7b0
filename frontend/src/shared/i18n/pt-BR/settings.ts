import type { Catalogue } from '../en'

export const settings: Pick<Catalogue, 'settings'> = {
  settings: {
    title: 'Configurações',
    note: (file) =>
      `O que vale desde que o serviço iniciou. Muda-se em ${file} ou por variáveis de ambiente, e é lido no próximo início. Segredos são asteriscos.`,
    show: 'Mostrar',
    onlySet: 'Fora do padrão',
    origins: {
      default: 'padrão',
      file: 'arquivo',
      environment: 'ambiente',
      'secrets file': 'arquivo de segredos',
    },
    byDefault: (value) => `padrão: ${value}`,
  },
}
