<?php
declare(strict_types=1);

// The parts of the frame around the rounds that are another discussion's own.

function panel(array $seats): string
{
    $html = '';
    foreach ($seats as $number => $seat) {
        $by = escaped(ucfirst($seat['provider']) . ' · ' . $seat['model']);
        $html .= "<li class=\"seat-$number\" data-seat=\"$number\" data-provider=\"{$seat['provider']}\">"
            . '<strong>' . escaped($seat['persona']) . "</strong> <span class=\"by\">$by</span></li>\n";
    }
    return $html;
}

function navigator(array $numbers): string
{
    return implode(' ', array_map(fn (int $number) => "<a href=\"#round-$number\">$number</a>", $numbers));
}

function status(array $discussion): string
{
    $words = ['waiting' => 'your turn', 'running' => 'running', 'resolved' => 'resolved'];
    return "<span class=\"status {$discussion['status']}\">{$words[$discussion['status']]}</span>";
}

function instant(int $milliseconds): string
{
    $seconds = intdiv($milliseconds, 1000);
    $exact = gmdate('Y-m-d\TH:i:s', $seconds) . sprintf('.%03dZ', $milliseconds % 1000);
    return "<time datetime=\"$exact\">" . gmdate('Y-m-d H:i', $seconds) . ' UTC</time>';
}
