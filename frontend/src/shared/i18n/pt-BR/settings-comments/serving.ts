/** Comments of settings.yaml on who is served, and from what. */
export const serving: Record<string, string> = {
  'address to listen on': 'endereço em que escuta',
  'port to listen on': 'porta em que escuta',
  'processes that serve requests': 'processos que atendem requisições',
  'where people reach it, e.g. https://disparo.example.org; empty: as each asks for it':
    'onde as pessoas o alcançam, p. ex. https://disparo.example.org; vazio: como cada um o chama',
  'largest request body, in bytes': 'maior corpo de uma requisição, em bytes',
  'addresses and networks of proxies that are believed whom they ask for':
    'endereços e redes de proxies em que se acredita quando dizem por quem pedem',
  'where they say it: x-forwarded (-For, -Proto, -Host), or forwarded (RFC 7239)':
    'onde eles o dizem: x-forwarded (-For, -Proto, -Host) ou forwarded (RFC 7239)',
  'hosts that requests may name: names, *.names, or * for any; empty: localhost, `host`, any address':
    'hosts que as requisições podem nomear: nomes, *.nomes ou * para qualquer um; vazio: localhost, `host`, qualquer endereço IP',
  'PEM file of a certificate with those of its authority: then TLS is spoken':
    'arquivo PEM de um certificado com os da sua autoridade: então se fala TLS',
  'PEM file of its key; null: in the same file': 'arquivo PEM da sua chave; null: no mesmo arquivo',
  'oldest version of TLS that is spoken: 1.2 or 1.3':
    'versão mais antiga de TLS que se aceita: 1.2 ou 1.3',
  'under TLS: seconds for which browsers use nothing else with this host; 0: not said':
    'com TLS: segundos em que os navegadores só usam TLS com este host; 0: não se diz',
  'most connections at once, of each process':
    'máximo de conexões ao mesmo tempo, de cada processo',
  'largest request line with headers, in bytes':
    'maior linha de requisição com cabeçalhos, em bytes',
  "seconds for a request's line and headers to arrive":
    'segundos para a linha e os cabeçalhos de uma requisição chegarem',
  'seconds for its body to arrive, besides those that body_rate gives it':
    'segundos para o corpo chegar, além dos que body_rate lhe dá',
  'bytes a second at which a large body must arrive at least':
    'bytes por segundo com que um corpo grande deve chegar, no mínimo',
  'seconds for which a client may not read what is sent to it':
    'segundos em que um cliente pode deixar de ler o que lhe é enviado',
  'seconds for which a connection stays open for another request: more than a proxy keeps it':
    'segundos em que uma conexão fica aberta para outra requisição: mais do que um proxy a mantém',
  'seconds for which a stop waits for requests that are being answered':
    'segundos que uma parada espera por requisições em atendimento',
  'accounts: each request needs a token or a session; none: whoever reaches the port may do everything':
    'accounts: cada requisição precisa de um token ou de uma sessão; none: quem alcança a porta pode tudo',
  'true: a proxy or firewall keeps strangers out, so `none` may listen beyond loopback':
    'true: um proxy ou firewall mantém estranhos fora, e por isso `none` pode escutar além do loopback',
  'most tokens, also revoked ones': 'máximo de tokens, contando os revogados',
  'seconds for which a token or session that was found is taken without looking again':
    'segundos em que um token ou sessão já encontrado vale sem nova consulta',
  'seconds for which one that was found is taken while the database does not answer':
    'segundos em que um já encontrado vale enquanto o banco de dados não responde',
  'most tokens and sessions that are remembered, and as many that are none':
    'máximo de tokens e sessões lembrados, e outros tantos dos que não existem',
  'most that wait to be looked up at once':
    'máximo dos que esperam ao mesmo tempo para ser consultados',
  'seconds to wait for the database when one is looked up':
    'segundos de espera pelo banco de dados quando um é consultado',
  'seconds after which a session that is not used ends':
    'segundos após os quais uma sessão sem uso termina',
  'seconds after which a session ends, used or not':
    'segundos após os quais uma sessão termina, usada ou não',
  'most sessions of one user; beyond it the one unused for longest ends':
    'máximo de sessões de um usuário; além dele termina a que está há mais tempo sem uso',
  'seconds for which a session is known without asking the database, 1 at most':
    'segundos em que uma sessão é conhecida sem consultar o banco de dados, no máximo 1',
  'fewest characters of a new password, 8 at least':
    'mínimo de caracteres de uma senha nova, pelo menos 8',
  'bytes that hashing one takes (argon2id), 19922944 at least':
    'bytes que o cálculo de um hash ocupa (argon2id), pelo menos 19922944',
  'rounds of hashing, 2 at least': 'rodadas do hash, pelo menos 2',
  'most passwords that are hashed at once in each process':
    'máximo de senhas cujo hash é calculado ao mesmo tempo em cada processo',
  'most that wait for it; beyond it log-in answers 503':
    'máximo dos que esperam por isso; além dele a entrada responde 503',
  'longest wait for it': 'maior espera por isso',
  'seconds after which a one-time link ends': 'segundos após os quais um link de uso único expira',
  'log-ins of one account that may fail one after the other':
    'entradas de uma conta que podem falhar uma depois da outra',
  'seconds after which one of them is forgotten': 'segundos após os quais uma delas é esquecida',
  'log-ins from one address (of IPv6: from one /64) that may fail':
    'entradas de um endereço (no IPv6: de um /64) que podem falhar',
  'most accounts and addresses that are counted for':
    'máximo de contas e endereços que são contados',
  'days that it is kept who did what, and who was refused':
    'dias em que se guarda quem fez o quê e quem foi recusado',
  'seconds in which refused attempts of one kind, by who and whence, make two entries at the most':
    'segundos em que tentativas recusadas do mesmo tipo, por quem e de onde, geram no máximo dois registros',
  'most kinds in that time; those beyond it count together':
    'máximo de tipos nesse tempo; os que passam dele contam juntos',
  "the OpenID Connect provider's issuer, letter by letter; empty: there is none":
    'emissor (issuer) do provedor OpenID Connect, letra por letra; vazio: não há nenhum',
  'how people know it: `Log in with …`': 'como as pessoas o conhecem: `Entrar com …`',
  'by which the provider knows this service': 'pelo qual o provedor conhece este serviço',
  'with which this service shows that it is the one; empty: a public client':
    'com que este serviço prova quem é; vazio: um cliente público',
  'what the provider is asked for': 'o que se pede ao provedor',
  "the claim that becomes a new user's name": 'a claim que vira o nome de um usuário novo',
  'the claim that lists groups; realm_access.roles looks into another one':
    'a claim que lista os grupos; realm_access.roles procura dentro de outra',
  'groups whose members are viewers; who is in no group named here is refused':
    'grupos cujos membros só consultam; quem não está em nenhum grupo citado aqui é recusado',
  'groups whose members are operators': 'grupos cujos membros são operadores',
  'groups whose members are admins': 'grupos cujos membros são administradores',
  'seconds to wait for the provider': 'segundos de espera pelo provedor',
  'seconds by which its clock may differ': 'segundos em que o relógio dele pode divergir',
  'most who wait for the provider at once in each process':
    'máximo dos que esperam pelo provedor ao mesmo tempo em cada processo',
  "Disparo's own database: an SQLAlchemy URL, ${NAME} allowed":
    // biome-ignore lint/suspicious/noTemplateCurlyInString: so it is written there
    'o banco de dados do próprio Disparo: uma URL do SQLAlchemy, com ${NOME} se quiser',
  'connections kept open': 'conexões que ficam abertas',
  'seconds to wait for a free connection': 'segundos de espera por uma conexão livre',
  "seconds to wait for SQLite's lock": 'segundos de espera pela trava do SQLite',
  'seconds to wait for an answer of MySQL or MariaDB':
    'segundos de espera por uma resposta do MySQL ou MariaDB',
  "directory of the models' files": 'diretório dos arquivos dos modelos',
  'largest file of a model, in bytes': 'maior arquivo de um modelo, em bytes',
  'most rows of a sample that are read': 'máximo de linhas lidas de uma amostra',
  'most bytes of those rows, once they are unpacked':
    'máximo de bytes dessas linhas, depois de descompactadas',
  'key that encrypts connection strings and channels; empty: made and kept in `key_file`':
    'chave que cifra strings de conexão e canais; vazio: é criada e guardada em `key_file`',
  'keys before `key`, until `disparo secrets rotate` has run':
    'chaves anteriores a `key`, até `disparo secrets rotate` ter rodado',
  'where the key is kept when `key` is empty': 'onde a chave é guardada quando `key` está vazio',
  'seconds to wait for a connection': 'segundos de espera por uma conexão',
  "seconds to wait for another's lock on a table":
    'segundos de espera pela trava de outro em uma tabela',
  'longest text of a collected column, in bytes':
    'texto mais longo de uma coluna coletada, em bytes',
}
