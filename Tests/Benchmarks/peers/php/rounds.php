<?php
declare(strict_types=1);

/** The HTML of the rounds, from the cache where it is there. */
function rendered_rounds(PDO $database, ?Memcached $cache, string $id, array $discussion, array $seats, array $numbers, bool $all): string
{
    $last = $numbers[array_key_last($numbers)];
    $keys = [];
    foreach ($numbers as $number) {
        // Remarks still come to the last one; those before it never change.
        $keys[$number] = $number === $last ? "$id:$number:{$discussion['version']}" : "$id:$number:" . ($all ? 'open' : 'closed');
    }
    $kept = $cache?->getMulti(array_values($keys)) ?: [];
    $missing = array_filter($numbers, fn (int $number) => !isset($kept[$keys[$number]]));
    if ($missing !== []) {
        $places = implode(',', array_fill(0, count($missing), '?'));
        $messages = $inputs = [];
        foreach (rows($database, "SELECT * FROM messages WHERE discussion = ? AND round IN ($places) ORDER BY turn", $id, ...$missing) as $row) {
            $messages[$row['round']][] = $row;
        }
        foreach (rows($database, "SELECT round, input FROM user_inputs WHERE discussion = ? AND round IN ($places) ORDER BY id", $id, ...$missing) as $row) {
            $inputs[$row['round']][] = $row['input'];
        }
        $new = [];
        foreach ($missing as $number) {
            $new[$keys[$number]] = one_round($id, $number, $messages[$number] ?? [], $inputs[$number] ?? [], $seats, $all || $number === $last);
        }
        $cache?->setMulti($new, 86400);
        $kept += $new;
    }
    return implode('', array_map(fn (int $number) => $kept[$keys[$number]], $numbers));
}

function one_round(string $id, int $number, array $messages, array $inputs, array $seats, bool $open): string
{
    $who = count($messages) . ' voices' . ($inputs === [] ? '' : ' · your remark');
    $gist = '';
    foreach (array_slice($inputs, 0, 1) as $input) {
        $gist .= '<span class="gist"><b>You</b> <span dir="auto">' . escaped(mb_strimwidth($input, 0, 140, '…')) . '</span></span>';
    }
    if ($messages !== []) {
        $message = $messages[array_key_last($messages)];
        $text = escaped(mb_strimwidth(str_replace(['*', "\n"], ['', ' '], $message['content']), 0, 140, '…'));
        $gist .= "<span class=\"gist\"><b>{$seats[$message['seat']]['persona']}</b> <span dir=\"auto\">$text</span></span>";
    }
    $opened = $open ? ' open' : '';
    $parts = count($messages) + count($inputs);
    $html = <<<HTML
        <section class="round" id="round-$number" data-parts="$parts" aria-labelledby="round-$number-title">
        <details$opened>
        <summary><h2 id="round-$number-title">Round $number</h2> <span class="who">$who</span>$gist</summary>
        <div class="body">

        HTML;
    if ($open) {
        foreach ($messages as $message) {
            $html .= one_message($id, $message, $seats[$message['seat']]);
        }
        foreach ($inputs as $input) {
            $html .= "<section class=\"yours\" aria-label=\"Your remark\">\n<h3>You said</h3>\n<p class=\"words\" dir=\"auto\">" . escaped($input) . "</p>\n</section>\n";
        }
        $html .= "<p class=\"small tools\"><a href=\"/discussions/$id/rounds/$number\">Round $number by itself</a> <a class=\"copy\" href=\"/discussions/$id/export.md?round=$number\" aria-label=\"Copy round $number\">Copy the round</a></p>\n";
    } else {
        $html .= "<p class=\"load\"><a href=\"/discussions/$id/rounds/$number\">Read round $number</a></p>\n";
    }
    return $html . "</div>\n</details>\n</section>\n";
}

function one_message(string $id, array $message, array $seat): string
{
    static $markdown = null;
    if ($markdown === null) {
        require_once $_SERVER['PARSEDOWN'];
        $markdown = new Parsedown();
        $markdown->setSafeMode(true);
    }
    $said = $markdown->text($message['content']);
    $seconds = number_format($message['duration_ms'] / 1000, 1);
    $tokens = $message['completion_tokens'] === null ? '' : " · {$message['completion_tokens']} tokens";
    $by = escaped(ucfirst($message['provider']) . ' · ' . $message['model']);
    return <<<HTML
        <article class="message seat-{$message['seat']}" id="m-{$message['id']}" aria-labelledby="m-{$message['id']}-by">
        <header><h3 id="m-{$message['id']}-by">{$seat['persona']}</h3> <p class="by">$by</p></header>
        <div class="said" dir="auto">
        $said
        </div>
        <p class="small"><a href="/discussions/$id/rounds/{$message['round']}#m-{$message['id']}">turn {$message['turn']}$tokens · $seconds s</a> <a class="copy" href="/discussions/$id/export.md?message={$message['id']}" aria-label="Copy what {$seat['persona']} said in round {$message['round']}">Copy</a></p>
        </article>

        HTML;
}
