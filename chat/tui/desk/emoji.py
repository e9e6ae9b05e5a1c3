"""Emoji by their short names (`:joinha:`, `:thumbsup:`), in Portuguese and in English. Pure."""

import re
import unicodedata

# Single code points only, whose width terminals agree on. No library: those of all 3,800 name this one
# `:polegar_para_cima:` in Portuguese, and nobody types that.
_TABLE = """
👍 joinha positivo legal | thumbsup +1 like
👎 negativo | thumbsdown -1 dislike
👏 palmas aplausos | clap
🙏 obrigado obrigada valeu porfavor | pray thanks please
👋 oi tchau aceno | wave hi bye
👌 certinho | ok_hand
🤝 acordo fechado | handshake deal
💪 força | muscle strong
🙌 viva oba | raised_hands hooray
🤞 tomara figa | fingers_crossed
🤙 falou | call_me
👀 olhos deolho | eyes
👉 direita | point_right
👈 esquerda | point_left
👆 acima | point_up
👇 abaixo | point_down
🤷 seilá dedeombros | shrug
🤦 aff mãonatesta | facepalm
🙋 eu pergunta | raising_hand
😀 sorriso | grinning
😃 feliz | smiley happy
😄 contente | smile
😁 risada | grin
😂 kkk chorandoderir | joy lol
🤣 rolandoderir kkkk | rofl
😅 ufa suando | sweat_smile phew
😊 carinhoso | blush
😇 anjo | innocent angel
🙂 leve | slight_smile
🙃 irônico | upside_down
😉 piscada | wink
😌 aliviado | relieved
😍 apaixonado | heart_eyes
😘 beijo | kiss
😋 delícia | yum
😛 língua | tongue
😜 brincadeira | crazy
🤪 doido | zany
🤓 nerd estudioso | nerd
😎 óculos descolado | sunglasses cool
🤩 uau | star_struck wow
🥳 parabéns comemoração | partying congrats
😏 sarcástico | smirk
😒 entediado | unamused
😞 decepcionado | disappointed
😔 pensativo | pensive
😟 preocupado | worried
😕 confuso | confused
🙁 chateado | slight_frown
😢 choro triste | cry sad
😭 chorando | sob
😤 bufando | triumph
😠 bravo | angry
😡 furioso | rage
🤯 mentexplodindo | mind_blown
😳 vergonha | flushed
😱 susto medo | scream
😨 assustado | fearful
😰 ansioso | anxious
😥 quepena | disappointed_relieved
😓 cansaço | sweat
🤗 abraço | hug
🤔 pensando hmm | thinking hmm
🤫 silêncio psiu | shush
🤭 risinho | giggle
🤐 bicofechado | zipper_mouth
😐 neutro | neutral
😑 semgraça | expressionless
😬 careta | grimace
🙄 revirandoolhos | eye_roll
😴 sono dormindo | sleeping
🥱 bocejo | yawn
😷 máscara | mask
🤒 doente | sick
🤕 machucado | hurt
🤢 enjoo | nauseated
🤧 espirro | sneeze
🥵 calor | hot_face
🥶 frio | cold_face
🥴 tonto | woozy
😵 zonzo | dizzy_face
🤠 caubói | cowboy
🤡 palhaço | clown
💀 caveira morri | skull
👻 fantasma | ghost
👽 extraterrestre | alien
🤖 robô | robot
💩 cocô | poop
😺 gato sorridente | smiley_cat
🙈 nãovejo | see_no_evil
🙉 nãoouço | hear_no_evil
🙊 nãofalo | speak_no_evil
❤ coração amor | heart love
💛 coraçãoamarelo | yellow_heart
💚 coraçãoverde | green_heart
💙 coraçãoazul | blue_heart
💜 coraçãoroxo | purple_heart
🖤 coraçãopreto | black_heart
💔 coraçãopartido | broken_heart
💖 coraçãobrilhante | sparkling_heart
💯 cem | 100
🔥 fogo | fire
✨ brilho | sparkles
⭐ estrela | star
🌟 estrelabrilhante | glowing_star
💥 explosão bum | boom
💦 gotas | sweat_drops
💤 zzz | zzz
💡 ideia lâmpada | bulb idea
💬 fala balão | speech
🎉 festa | tada party
🎊 confete | confetti
🎁 presente | gift
🎂 bolo aniversário | cake birthday
🎈 bexiga | balloon
🏆 troféu | trophy
🥇 ouro primeirolugar | gold first
🎯 alvo namosca | target bullseye
🎮 jogo | game
🎲 dado | dice
🎵 música | music
🎸 violão guitarra | guitar
⚽ futebol gol | soccer goal
🏀 basquete | basketball
🏐 vôlei | volleyball
☕ café | coffee
🍵 chá chimarrão | tea
🍺 cerveja | beer
🍻 saúde brinde | cheers
🍕 pizza | pizza
🍔 hambúrguer | burger
🍟 batatafrita | fries
🍫 chocolate | chocolate
🍿 pipoca | popcorn
🍪 biscoito bolacha | cookie
🍎 maçã | apple
🍌 banana | banana
🥑 abacate | avocado
🧀 queijo | cheese
🍞 pão | bread
🌞 sol | sun
🌙 lua | moon
🌈 arcoíris | rainbow
☔ chuva | rain
⚡ raio rápido | zap lightning
🌊 onda mar | ocean
🌵 cacto | cactus
🌻 girassol | sunflower
🌹 rosa | rose
🌳 árvore | tree
🐶 cachorro | dog
🐱 gatinho | cat
🐍 cobra python | snake
🐧 pinguim linux | penguin
🐛 bicho bug | bug
🦆 pato | duck
🐢 tartaruga | turtle
🦄 unicórnio | unicorn
🐝 abelha | bee
🚀 foguete | rocket ship_it
🚗 carro | car
🚌 ônibus | bus
🚲 bicicleta | bike
🛫 avião viagem | plane
🏠 casa | home house
🏫 escola | school
🎓 formatura | graduation
📚 livros | books
📖 livro | book
📝 nota prova | memo note
📎 clipe | paperclip
📌 alfinete fixado | pin
📅 calendário data | date calendar
📈 subindo | chart_up
📉 caindo | chart_down
📣 anúncio | megaphone
📢 aviso | loudspeaker
📷 foto câmera | camera
📞 telefone | phone
📱 celular | mobile
💻 notebook computador | laptop
⌛ ampulheta | hourglass
⏰ despertador | alarm
⏳ esperando | waiting
🔔 sino | bell
🔕 semsino | no_bell
🔒 cadeado | lock
🔓 aberto | unlock
🔑 chave | key
🔍 lupa busca | mag search
🔗 elo | link
🔧 conserto | wrench
🔨 martelo | hammer
🔋 bateria | battery
🔌 tomada | plug
💰 dinheiro | money
💸 gasto | money_wings
🧪 teste experimento | test_tube
🧠 cérebro | brain
👑 coroa | crown
💎 diamante | gem
🧩 quebracabeça | puzzle
✅ feito certo | check done
❌ errado não | x no
❓ dúvida | question
❗ atenção | exclamation
🚫 proibido | no_entry
🚧 obras | construction
🆗 ok | ok
🆕 novo | new
🆘 socorro | sos
➕ mais | plus
➖ menos | minus
🔴 vermelho | red
🟡 amarelo | yellow
🟢 verde | green
🔵 azul | blue
🟣 roxo | purple
⚪ branco | white
⚫ preto | black
"""


def plain(name: str) -> str:
    """A short name as it is compared: without accents, in small letters."""
    decomposed = unicodedata.normalize("NFD", name.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _read(table: str) -> dict[str, str]:
    rows = (line.replace("|", " ").split() for line in table.strip().splitlines())
    return {name: emoji for emoji, *names in rows for name in names}


NAMED = _read(_TABLE)
"""Emoji by the names they are offered under."""
_FOUND = {plain(name): emoji for name, emoji in NAMED.items()}
# Code keeps what stands in it, and so does a time: 10:30:20.
_SHORTCODE = re.compile(r"(```.*?```|`[^`\n]*`)|(?<![\w:]):([\w+-]{1,32}):(?![\w:])", re.DOTALL)


def expand(text: str) -> str:
    """A text with its short names turned into emoji, but for those in code and those that are none."""
    return _SHORTCODE.sub(_shown, text) if ":" in text else text


def _shown(match: re.Match[str]) -> str:
    return match[0] if match[1] is not None else _FOUND.get(plain(match[2]), match[0])


def emoji(word: str) -> str:
    """What a word means as a reaction: the emoji of that short name, with or without colons, or itself."""
    return _FOUND.get(plain(word.strip(":")), word)


def starting(part: str) -> list[tuple[str, str]]:
    """Names that begin with `part`, each with its emoji, the shorter name first; one name for each emoji."""
    start = plain(part)
    found: dict[str, str] = {}
    for name in sorted(NAMED, key=lambda name: (len(name), name)):
        if plain(name).startswith(start):
            found.setdefault(NAMED[name], name)
    return [(name, emoji) for emoji, name in found.items()]
