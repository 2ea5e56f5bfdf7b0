import type { Catalogue } from '../en'

export const profile: Pick<Catalogue, 'profile'> = {
  profile: {
    title: 'Perfil',
    who: 'Quem você é aqui',
    anybody: 'Aqui ninguém precisa entrar: quem alcança a porta pode tudo.',
    loggedIn: 'Entrou',
    ends: 'A sessão termina',
    sessions: 'Onde você está conectado',
    endAll: 'Sair em todo lugar',
    password: 'Senha',
    changePassword: 'Mudar a sua senha',
    present: 'Senha atual',
    fresh: 'Nova senha',
    again: 'A mesma de novo',
    differ: 'As duas não são iguais.',
    changeYes: 'Mudar',
    changed: 'A sua senha foi mudada; as suas outras sessões foram encerradas.',
    ended: 'A sua sessão terminou',
    endedDetail: 'Entre de novo para continuar: o que está nesta página fica.',
    logIn: 'Entrar',
    logInWith: (provider) => `Entrar com ${provider}`,
  },
}
