mod colours;
mod quarters;
mod verdicts;
