import type { Catalogue } from '../en'

export const users: Pick<Catalogue, 'users' | 'session'> = {
  users: {
    title: 'Usuários',
    none: 'Ninguém tem conta ainda',
    noneDetail: 'Quem é adicionado recebe um link, pelo qual escolhe a senha.',
    who: 'Quem pode entrar',
    role: 'Papel',
    state: 'Entra por',
    seen: 'Último acesso',
    created: 'Criado',
    password: 'senha',
    signOn: 'login único',
    add: 'Novo usuário',
    addYes: 'Criar e gerar o link',
    nameHint: 'Um nome ou um endereço de e-mail; maiúsculas não importam.',
    roleHints: {
      viewer: 'Vê tudo, menos usuários, tokens, auditoria e configurações; não muda nada.',
      operator:
        'Vê o mesmo; executa, cancela, pausa, faz previsões e edita agendamentos, casos, verificações e regras.',
      admin: 'Faz tudo: também edita fontes, modelos, canais, usuários e tokens, e vê a auditoria.',
    },
    linkFor: (name) => `Um link para ${name}`,
    link: 'Link de uso único',
    linkDetail:
      'Entregue-o por um meio seguro. Quem o abrir primeiro define a senha. Ele aparece agora e nunca mais.',
    linkEnds: 'Ele expira',
    actionsFor: (name) => `O que pode ser feito com ${name}`,
    changeRole: 'Mudar o papel',
    roleOf: (name) => `O papel de ${name}`,
    newLink: 'Redefinir a senha',
    newLinkQuestion: (name) => `Gerar um link que redefine a senha de ${name}?`,
    newLinkDetail:
      'Links anteriores deixam de valer. A senha atual vale até o link ser usado; então todas as sessões são encerradas.',
    newLinkYes: 'Gerar o link',
    sessions: 'Sessões',
    sessionsOf: (name) => `Onde ${name} está conectado`,
    endAll: 'Encerrar todas as sessões',
    allEnded: (name) => `${name} foi desconectado em todo lugar.`,
    disable: 'Desativar',
    enable: 'Ativar',
    disableQuestion: (name) => `Desativar ${name}?`,
    disableDetail:
      'Todas as sessões são encerradas na hora, e ninguém entra com este nome até que seja ativado.',
    removeQuestion: (name) => `Remover ${name}?`,
    removeDetail:
      'Todas as sessões são encerradas na hora. O que este usuário fez continua registrado.',
  },
  session: {
    notForYou: (role) => `Esta página exige o papel de ${role}`,
    askAdmin: 'Um administrador pode dá-lo a você.',
    none: 'Não está conectado em lugar nenhum.',
    thisOne: 'esta',
    unknown: 'programa desconhecido',
    ways: {
      password: 'por senha',
      link: 'por um link',
      'single sign-on': 'por login único',
    },
    begun: 'desde',
    used: 'usada',
    end: 'Encerrar',
  },
}
