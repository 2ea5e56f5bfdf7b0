// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how a connection takes a variable
import type { Catalogue } from '../en'
import { count } from './count'

export const sources: Pick<Catalogue, 'sources'> = {
  sources: {
    title: 'Fontes',
    list: 'Bancos de dados externos',
    none: 'Nenhuma fonte ainda',
    noneDetail:
      'Uma fonte é um banco de dados de onde os agendamentos leem casos e para onde gravam previsões: um administrador cria uma aqui.',
    add: 'Nova fonte',
    editTitle: (name) => `Alterar ${name}`,
    about: 'Sobre ela',
    kind: 'Acesso por',
    kinds: { odbc: 'ODBC', sqlalchemy: 'SQLAlchemy' },
    usedBy: 'Usada por',
    schedules: (n) => (n === 0 ? '' : count(n, 'agendamento', 'agendamentos')),
    unused: 'Nenhum agendamento a usa.',
    collects: 'coleta dela',
    delivers: 'entrega nela',
    declaredIn: 'Declarada em',
    connection: 'Conexão',
    connectionHint:
      'Uma URL do SQLAlchemy ou uma cadeia ODBC. ${NAME} usa uma variável de ambiente do serviço: o melhor lugar para uma senha. Ela é guardada cifrada e nunca mais aparece.',
    connectionKept: 'Vazia, a que está guardada fica. Ela não é mostrada a ninguém.',
    hidden: 'guardada cifrada, não é mostrada a ninguém',
    concurrency: 'Disparos ao mesmo tempo',
    changed: 'Alterada',
    removeQuestion: (name) => `Remover ${name}?`,
    removeDetail: 'Nenhum agendamento a usa. O que foi feito com ela continua registrado.',
    removeUsed: (names) => `Estes agendamentos a usam, e os disparos deles vão falhar: ${names}.`,
    test: 'Testar a conexão',
    testTitle: 'Ela responde?',
    testHint: 'Um teste percorre cada passo de uma conexão e lê uma linha. Nada é gravado.',
    testedIn: (span) => `Testada em ${span}.`,
    stages: {
      configuration: 'Configuração',
      driver: 'Driver',
      reach: 'Host',
      logIn: 'Acesso',
      database: 'Banco',
      query: 'Consulta',
    },
    outcomes: { well: 'bem', failed: 'falhou', untried: 'não tentado' },
  },
}
