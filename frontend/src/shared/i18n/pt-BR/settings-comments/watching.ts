/** Comments of settings.yaml on how others ask, and what is watched and told. */
export const watching: Record<string, string> = {
  'whether /v2/… is answered: the Open Inference Protocol':
    'se /v2/… responde: o Open Inference Protocol',
  "whether /endpoints/NAME/invocations is answered, as SageMaker's runtime, and /ping, /invocations":
    'se /endpoints/NAME/invocations responde, como o runtime do SageMaker, e /ping, /invocations',
  "whether /invocations, /ping, /health, /version are answered, as MLflow's scoring server":
    'se /invocations, /ping, /health, /version respondem, como o servidor de scoring do MLflow',
  'whether the three routes below are answered, as a container of Azure ML':
    'se as três rotas abaixo respondem, como um contêiner do Azure ML',
  'which model answers where a path names none; empty: the only live one':
    'qual modelo responde onde o caminho não indica nenhum; vazio: o único em produção',
  'how /invocations answers: mlflow (labels or values), sagemaker (probabilities too)':
    'como /invocations responde: mlflow (rótulos ou valores), sagemaker (probabilidades também)',
  'where Azure ML asks whether the container lives; empty: nowhere':
    'onde o Azure ML pergunta se o contêiner vive; vazio: em lugar nenhum',
  'where it asks whether the container is ready': 'onde ele pergunta se o contêiner está pronto',
  'where it sends cases': 'para onde ele envia os casos',
  'sagemaker or azure: be that container; from the environment alone (docs/protocols.md)':
    'sagemaker ou azure: ser esse contêiner; só pelo ambiente (docs/protocols.md)',
  'a directory whose model is registered at start, if it is not yet':
    'um diretório cujo modelo é registrado no início, se ainda não está',
  'false: this service looks at no checks; it shows what others found':
    'false: este serviço não faz verificações; mostra o que outros encontraram',
  'most checks that are looked at at once: one that does not answer holds a thread':
    'máximo de verificações feitas ao mesmo tempo: uma que não responde ocupa uma thread',
  'most looks that hang and are left behind, beyond which threads are not replaced':
    'máximo de olhadas que travam e são deixadas para trás, além do qual threads não são substituídas',
  'most tests of checks by hand at once': 'máximo de testes manuais de verificações ao mesmo tempo',
  'most results that wait to be written while the database is away':
    'máximo de resultados que esperam ser gravados enquanto o banco de dados está fora',
  'seconds between two writes of results': 'segundos entre duas gravações de resultados',
  'seconds between two looks at the records, for what the Monitor shows':
    'segundos entre duas leituras dos registros, para o que o Monitor mostra',
  'most who follow the Monitor at once in this service':
    'máximo dos que acompanham o Monitor ao mesmo tempo neste serviço',
  "changes of a check's state within flap_seconds beyond which it is held":
    'mudanças de estado de uma verificação em flap_seconds, além das quais ele é retido',
  'seconds in which changes are counted': 'segundos em que as mudanças são contadas',
  'days that each result of a check is kept':
    'dias em que cada resultado de uma verificação é guardado',
  'days that results are kept by hour': 'dias em que os resultados são guardados por hora',
  'days that results are kept by day, and changes of state':
    'dias em que os resultados são guardados por dia, e as mudanças de estado',
  'most calls of resolvers, as many of drivers and of disks, that hang and were left behind':
    'máximo de chamadas de DNS, e outras tantas de drivers e de discos, que travam e foram deixadas para trás',
  "most bytes of a URL's answer that are read": 'máximo de bytes lidos da resposta de uma URL',
  'false: this service sends none; another one does':
    'false: este serviço não envia nenhum; outro envia',
  'most alerts that are sent at once': 'máximo de alertas enviados ao mesmo tempo',
  'most of them to one channel': 'máximo deles para um mesmo canal',
  'most tests of channels by hand at once': 'máximo de testes manuais de canais ao mesmo tempo',
  'seconds between two looks at what waits': 'segundos entre duas olhadas no que espera',
  "seconds after the end of an attempt's time-out when another service takes over":
    'segundos depois do fim do prazo de uma tentativa em que outro serviço assume',
  'seconds before the second attempt; each further wait is twice as long':
    'segundos antes da segunda tentativa; cada espera seguinte é o dobro',
  'longest wait between two attempts, whatever the receiver asks for':
    'maior espera entre duas tentativas, peça o destinatário o que pedir',
  'seconds after which an alert is not tried any more':
    'segundos após os quais um alerta não é mais tentado',
  'attempts after which an alert that the receiver refuses is not tried any more':
    'tentativas após as quais um alerta que o destinatário recusa não é mais tentado',
  "most of an answer, or of a command's output, that is kept, in bytes":
    'máximo de uma resposta, ou da saída de um comando, que é guardado, em bytes',
  'most alerts that wait; beyond it new ones fail at once':
    'máximo de alertas que esperam; além dele os novos falham na hora',
  'days that alerts are kept once they are sent, or have failed':
    'dias em que os alertas são guardados depois de enviados ou de terem falhado',
  'where checks of hosts and URLs, webhooks and mail may go: networks, names, *.names; empty: everywhere else':
    'aonde podem ir verificações de hosts e URLs, webhooks e e-mail: redes, nomes, *.nomes; vazio: a qualquer outro lugar',
  'where they never go: networks, or link-local, metadata, loopback, private':
    'aonde nunca vão: redes, ou link-local, metadata, loopback, private',
  'environment variables that URLs of checks may hold: names, or patterns such as CHECK_*':
    'variáveis de ambiente que URLs de verificações podem conter: nomes, ou padrões como CHECK_*',
  'false: neither this service nor dispatches look at how far models have drifted':
    'false: nem este serviço nem os disparos observam quanto os modelos se desviaram',
  'seconds between two looks': 'segundos entre duas observações',
  'hours of requests that are looked at': 'horas de requisições que são observadas',
  'cases below which nothing is said of a version':
    'casos abaixo dos quais nada se diz de uma versão',
  'most cases of a version, the newest, or of a dispatch that are looked at':
    'máximo de casos de uma versão, os mais novos, ou de um disparo, que são observados',
  'most requests of a model that are looked at, the newest':
    'máximo de requisições de um modelo que são observadas, as mais novas',
  'parts into which the values of an input are put to be compared':
    'partes em que os valores de uma entrada são divididos para comparar',
  'population stability index from which an input has drifted':
    'índice de estabilidade populacional (PSI) a partir do qual uma entrada se desviou',
  'most probable chance that may explain it where a test fits':
    'maior probabilidade de ser acaso que um teste aceita para dizer que há desvio',
  "share of missing values above the sample's from which an input has drifted":
    'parcela de valores ausentes acima da amostra a partir da qual uma entrada se desviou',
  'share of categories unknown to the signature from which an input has drifted':
    'parcela de categorias desconhecidas da assinatura a partir da qual uma entrada se desviou',
  'seconds after which a look is ended': 'segundos após os quais uma observação é encerrada',
  'most memory of a look, in bytes': 'máximo de memória de uma observação, em bytes',
  'days that what was found is kept': 'dias em que o encontrado é guardado',
  'false: nothing is counted, and GET /metrics answers 404':
    'false: nada é contado, e GET /metrics responde 404',
  'most versions of models that are told apart; those beyond are `other`':
    'máximo de versões de modelos que são distinguidas; as demais são `other`',
  'most checks that are shown': 'máximo de verificações que são mostradas',
  'seconds for which what was read of the tables is told again':
    'segundos em que o que foi lido das tabelas é dito de novo',
  'seconds to wait for an answer of the database':
    'segundos de espera por uma resposta do banco de dados',
  'debug, info, warning or error: the least that is told':
    'debug, info, warning ou error: o mínimo que é dito',
  'json, console, or auto: console on a terminal, else json':
    'json, console ou auto: console em um terminal, senão json',
  'most characters of a message, a traceback or another part of a line':
    'máximo de caracteres de uma mensagem, de um traceback ou de outra parte de uma linha',
  'YAML files with sources, schedules, checks, channels and rules, applied at start':
    'arquivos YAML com fontes, agendamentos, verificações, canais e regras, aplicados no início',
}
